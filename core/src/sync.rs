//! Locks that each thread takes in one order.
//!
//! A thread that reads under a lock and asks for it again waits for ever as soon as a writer stands between.
//! Two threads that take two locks in opposite orders wait for each other. A build with debug assertions
//! panics at the first such request, whether or not another thread is there.

#[cfg(debug_assertions)]
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What a lock guards. A thread that holds a lock takes only locks that stand below it in this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The changes of an agency's identities and epochs.
    Upkeep,
    /// The end of a centre's log.
    Log,
    /// The taking of bundles.
    Importing,
    /// The numbers of envelopes.
    Sequence,
    /// The verified rosters.
    Rosters,
    /// The agency's identities.
    Identities,
    /// The vault's keys and its state.
    Vault,
    /// The secrets of the agency's epochs.
    Keyring,
}

/// A lock for one at a time.
#[derive(Debug)]
pub struct Exclusive<T> {
    rank: Rank,
    lock: Mutex<T>,
}

/// A lock for many readers or one writer.
#[derive(Debug)]
pub struct Shared<T> {
    rank: Rank,
    lock: RwLock<T>,
}

/// A lock that this thread holds.
pub struct Guard<G> {
    guard: G,
    _held: Held,
}

/// A lock that nobody else holds.
pub type Locked<'a, T> = Guard<MutexGuard<'a, T>>;
/// A lock that others may read under too.
pub type Reading<'a, T> = Guard<RwLockReadGuard<'a, T>>;
/// A lock that nobody else reads or writes under.
pub type Writing<'a, T> = Guard<RwLockWriteGuard<'a, T>>;

impl<T> Exclusive<T> {
    /// A lock of this rank.
    pub const fn new(rank: Rank, value: T) -> Self {
        Self { rank, lock: Mutex::new(value) }
    }

    /// Waits for the lock. What a thread has left that panicked is taken as it is.
    pub fn lock(&self) -> Locked<'_, T> {
        let _held = Held::take(self.rank, &self.lock);
        Guard { guard: self.lock.lock().unwrap_or_else(PoisonError::into_inner), _held }
    }
}

impl<T> Shared<T> {
    /// A lock of this rank.
    pub const fn new(rank: Rank, value: T) -> Self {
        Self { rank, lock: RwLock::new(value) }
    }

    /// Waits until nobody writes.
    pub fn read(&self) -> Reading<'_, T> {
        let _held = Held::take(self.rank, &self.lock);
        Guard { guard: self.lock.read().unwrap_or_else(PoisonError::into_inner), _held }
    }

    /// Waits until nobody reads or writes.
    pub fn write(&self) -> Writing<'_, T> {
        let _held = Held::take(self.rank, &self.lock);
        Guard { guard: self.lock.write().unwrap_or_else(PoisonError::into_inner), _held }
    }

    /// The lock, if nobody reads or writes now.
    #[cfg(test)]
    pub(crate) fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.lock.try_write().ok()
    }
}

impl<G: Deref> Deref for Guard<G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut> DerefMut for Guard<G> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

/// An entry in the list of what this thread holds.
struct Held(#[cfg(debug_assertions)] usize);

#[cfg(debug_assertions)]
std::thread_local! {
    static HELD: RefCell<Vec<(Rank, usize)>> = const { RefCell::new(Vec::new()) };
}

#[cfg(debug_assertions)]
impl Held {
    fn take<T>(rank: Rank, lock: &T) -> Self {
        let address = std::ptr::from_ref(lock).addr();
        HELD.with_borrow_mut(|held| {
            for (above, other) in held.iter() {
                assert!(*other != address, "a thread that holds the lock {rank:?} asks for it again");
                assert!(*above <= rank, "a thread that holds the lock {above:?} asks for {rank:?}");
            }
            held.push((rank, address));
        });
        Self(address)
    }
}

#[cfg(debug_assertions)]
impl Drop for Held {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| held.retain(|(_, address)| *address != self.0));
    }
}

#[cfg(not(debug_assertions))]
impl Held {
    const fn take<T>(_: Rank, _: &T) -> Self {
        Self()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_taken_in_their_order() {
        let (rosters, vault) = (Shared::new(Rank::Rosters, 1), Shared::new(Rank::Vault, 2));
        let log = Exclusive::new(Rank::Log, 3);
        for _ in 0..2 {
            let (log, rosters, vault) = (log.lock(), rosters.read(), vault.write());
            assert_eq!((*log, *rosters, *vault), (3, 1, 2));
        }
        // Two of one rank are two vaults.
        let other = Shared::new(Rank::Vault, 4);
        let _both = (vault.read(), other.read());
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "holds the lock Vault asks for it again")]
    fn a_lock_is_not_read_twice_by_one_thread() {
        let vault = Shared::new(Rank::Vault, ());
        let _both = (vault.read(), vault.read());
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "holds the lock Vault asks for Rosters")]
    fn a_lock_is_not_taken_against_the_order() {
        let (rosters, vault) = (Shared::new(Rank::Rosters, ()), Shared::new(Rank::Vault, ()));
        let _both = (vault.read(), rosters.read());
    }
}
