//! A store in memory, for tests and models: nothing is durable.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use super::store::{Row, Rows, RowsMut, Store, StoreError, Table};

type Tables = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// A store in memory. Clones share their rows; [`MemoryStore::snapshot`] copies them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<RwLock<Tables>>);

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of all rows as they are now, as a backup or a cloned disk would be.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self(Arc::new(RwLock::new(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())))
    }
}

impl Store for MemoryStore {
    fn read(&self, work: &mut dyn FnMut(&dyn Rows) -> Result<(), StoreError>) -> Result<(), StoreError> {
        work(&View(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }

    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn RowsMut) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut tables = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut edit = Edit { tables: &mut tables, undo: Vec::new(), done: false };
        work(&mut edit)?;
        edit.done = true;
        Ok(())
    }

    fn scrub(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

struct View<'a>(&'a Tables);

impl Rows for View<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(&(table, key.to_vec())).cloned())
    }

    fn range(&self, table: Table, from: &[u8], until: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        if !until.is_empty() && until <= from {
            return Ok(Vec::new());
        }
        let start = Bound::Included((table, from.to_vec()));
        let rows = self.0.range((start, Bound::Unbounded));
        let inside =
            rows.take_while(|((t, key), _)| *t == table && (until.is_empty() || key.as_slice() < until));
        Ok(inside.take(limit).map(|((_, key), value)| (key.clone(), value.clone())).collect())
    }
}

/// Changes in place, with what undoes them when the work fails or panics.
struct Edit<'a> {
    tables: &'a mut Tables,
    undo: Vec<(Table, Vec<u8>, Option<Vec<u8>>)>,
    done: bool,
}

impl Rows for Edit<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        View(self.tables).get(table, key)
    }

    fn range(&self, table: Table, from: &[u8], until: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        View(self.tables).range(table, from, until, limit)
    }
}

impl RowsMut for Edit<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let old = self.tables.insert((table, key.to_vec()), value.to_vec());
        self.undo.push((table, key.to_vec(), old));
        Ok(())
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        let old = self.tables.remove(&(table, key.to_vec()));
        self.undo.push((table, key.to_vec(), old));
        Ok(())
    }
}

impl Drop for Edit<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        for (table, key, old) in self.undo.drain(..).rev() {
            match old {
                Some(value) => self.tables.insert((table, key), value),
                None => self.tables.remove(&(table, key)),
            };
        }
    }
}
