//! A map that can take back what was done to it since the last commit, at a cost that grows with
//! what was done and not with the map.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

#[derive(Clone, Debug)]
pub(super) struct Journal<K, V: Rewind> {
    map: HashMap<K, V>,
    /// What each touched key held at the last commit.
    before: HashMap<K, Option<V::Mark>>,
}

/// A value that can be made again what it was, from a mark that costs little.
pub(super) trait Rewind {
    type Mark: Clone + Debug;

    fn mark(&self) -> Self::Mark;

    fn rewind(&mut self, mark: Self::Mark);
}

impl<T: Copy + Debug> Rewind for T {
    type Mark = T;

    fn mark(&self) -> T {
        *self
    }

    fn rewind(&mut self, mark: T) {
        *self = mark;
    }
}

impl<K, V: Rewind> Default for Journal<K, V> {
    fn default() -> Self {
        Self { map: HashMap::new(), before: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash, V: Rewind> Journal<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    pub(super) fn entry(&self, key: &K) -> Option<(&K, &V)> {
        self.map.get_key_value(key)
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.map.contains_key(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter()
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let value = self.map.get_mut(key)?;
        self.before.entry(key.clone()).or_insert_with(|| Some(value.mark()));
        Some(value)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        let old = self.map.insert(key.clone(), value);
        self.before.entry(key).or_insert_with(|| old.map(|old| old.mark()));
    }

    /// Changes every value, and keeps no way back: for what is committed already.
    pub(super) fn update(&mut self, change: impl FnMut(&mut V)) {
        self.map.values_mut().for_each(change);
    }

    /// Keeps the values that `keep` names, and no way back to the others.
    pub(super) fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.map.retain(|_, value| keep(value));
    }

    pub(super) fn commit(&mut self) {
        self.before = HashMap::new();
    }

    pub(super) fn roll_back(&mut self) {
        for (key, mark) in std::mem::take(&mut self.before) {
            match mark {
                None => drop(self.map.remove(&key)),
                Some(mark) => {
                    if let Some(value) = self.map.get_mut(&key) {
                        value.rewind(mark);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
impl<K: Debug, V: Debug + Rewind> Journal<K, V> {
    pub(super) fn dump(&self) -> Vec<String> {
        assert!(self.before.is_empty(), "neither committed nor rolled back");
        let mut dump: Vec<_> = self.map.iter().map(|(key, value)| format!("{key:?}: {value:?}")).collect();
        dump.sort();
        dump
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolls_back_to_the_last_commit() {
        let mut journal = Journal::default();
        journal.insert(1, "a");
        journal.insert(2, "b");
        journal.commit();
        journal.insert(1, "c");
        journal.insert(1, "d");
        journal.insert(3, "e");
        *journal.get_mut(&2).unwrap() = "f";
        *journal.get_mut(&3).unwrap() = "g";
        assert!(journal.get_mut(&4).is_none());
        journal.roll_back();
        assert_eq!((journal.get(&1), journal.get(&2), journal.get(&3)), (Some(&"a"), Some(&"b"), None));
        assert!(!journal.contains(&4));
    }

    /// A value that is marked, and never copied.
    #[derive(Debug, PartialEq)]
    struct Grown(Vec<u8>);

    impl Rewind for Grown {
        type Mark = usize;

        fn mark(&self) -> usize {
            self.0.len()
        }

        fn rewind(&mut self, len: usize) {
            self.0.truncate(len);
        }
    }

    #[test]
    fn d3_a_value_that_grows_is_marked_and_not_copied() {
        let mut journal = Journal::default();
        journal.insert(1, Grown(vec![1]));
        journal.commit();
        journal.get_mut(&1).unwrap().0.push(2);
        journal.get_mut(&1).unwrap().0.push(3);
        journal.insert(2, Grown(vec![4]));
        journal.get_mut(&2).unwrap().0.push(5);
        journal.roll_back();
        assert_eq!((journal.get(&1), journal.get(&2)), (Some(&Grown(vec![1])), None));
    }
}
