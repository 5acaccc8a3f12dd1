//! Maps and lists that share what they have in common with their copies: a copy costs nothing, and a
//! change costs what it changes. So whoever looks at a roster keeps what was there, and whoever verifies
//! what is new works on a copy and leaves it behind where it does not hold.

/// A map.
pub(super) type Map<K, V> = rpds::HashTrieMapSync<K, V>;

/// A list that grows at its end.
pub(super) type List<T> = rpds::VectorSync<T>;
