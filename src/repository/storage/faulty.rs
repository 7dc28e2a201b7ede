//! A disk for tests that does what disks do when the power goes, when they are full and when they fail; all of it by a
//! seed. It keeps what is synced apart from what is not:
//!
//! * a power cut keeps any subset of the unsynced sectors, one of them torn at any byte, and any subset of the unsynced
//!   changes of names;
//! * a failed sync forgets what it should have synced: a later sync that succeeds does not cover it;
//! * who had a file open before the power cut has nothing any more.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{Lock, Space, Storage, StorageFile};

const SECTOR_BYTES: u64 = 512;

/// A disk as one boot of the machine sees it. Clones see the same.
#[derive(Clone)]
pub(crate) struct Faulty {
    world: Arc<Mutex<World>>,
    boot: u64,
}

struct FaultyFile {
    disk: Faulty,
    inode: u64,
}

struct World {
    random: Random,
    boot: u64,
    inodes: BTreeMap<u64, Inode>,
    names: BTreeMap<PathBuf, u64>,
    durable_names: BTreeMap<PathBuf, u64>,
    unsynced_names: Vec<NameChange>,
    /// All bytes together that files may have.
    capacity: Option<u64>,
    short_writes: bool,
    fault: Option<(Fault, u64)>,
    syncs: u64,
}

#[derive(Clone, Default)]
struct Inode {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    dirty: Vec<(u64, u64)>,
    modified: Timestamp,
}

enum NameChange {
    Added(PathBuf, u64),
    Removed(PathBuf),
    Renamed(PathBuf, PathBuf, u64),
}

/// What goes wrong, once, at one of the next operations of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Write,
    Sync,
    Rename,
    /// From that operation on, whatever its kind, nothing works: the power is gone.
    PowerCut,
}

/// SplitMix64: a seed gives the same faults for ever.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}

fn failed() -> io::Error {
    io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error())
}

impl Faulty {
    pub(crate) fn new(seed: u64) -> Self {
        let world = World {
            random: Random(seed),
            boot: 0,
            inodes: BTreeMap::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            unsynced_names: Vec::new(),
            capacity: None,
            short_writes: false,
            fault: None,
            syncs: 0,
        };
        Self { world: Arc::new(Mutex::new(world)), boot: 0 }
    }

    /// The process is gone, the machine is not: everything written is there, and whoever wrote can write no more.
    pub(crate) fn killed(&self) -> Self {
        let mut world = self.any();
        world.fault = None;
        world.boot += 1;
        Self { world: self.world.clone(), boot: world.boot }
    }

    /// The power goes and comes back.
    pub(crate) fn power_cut(&self) -> Self {
        self.any().lose();
        self.killed()
    }

    /// Lets the disk have only so many bytes more.
    pub(crate) fn fill_up(&self, bytes: u64) {
        let mut world = self.any();
        world.capacity = Some(world.used() + bytes);
    }

    pub(crate) fn make_room(&self) {
        self.any().capacity = None;
    }

    pub(crate) fn write_short(&self) {
        self.any().short_writes = true;
    }

    /// Lets the operation of that kind fail that comes after so many others.
    pub(crate) fn fail(&self, fault: Fault, after: u64) {
        self.any().fault = Some((fault, after));
    }

    /// Nothing fails any more that did not fail yet.
    pub(crate) fn heal(&self) {
        self.any().fault = None;
    }

    /// Files and their bytes as they are read now.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let world = self.any();
        let bytes = |inode| world.inodes.get(inode).map(|inode| inode.bytes.clone());
        world.names.iter().map(|(name, inode)| (name.clone(), bytes(inode).unwrap())).collect()
    }

    fn any(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk, unless the one who asks is of an earlier boot, or it is time for a fault of that kind.
    fn world(&self, kind: Option<Fault>) -> io::Result<MutexGuard<'_, World>> {
        let mut world = self.any();
        if world.boot != self.boot {
            return Err(failed());
        }
        match &mut world.fault {
            Some((Fault::PowerCut, 0)) => return Err(failed()),
            Some((fault, left)) if *fault == Fault::PowerCut || Some(*fault) == kind => {
                if *left == 0 {
                    world.fault = None;
                    return Err(failed());
                }
                *left -= 1;
            }
            _ => {}
        }
        Ok(world)
    }

    fn opened(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        let inode = *self.world(None)?.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(FaultyFile { disk: self.clone(), inode }))
    }
}

impl World {
    fn used(&self) -> u64 {
        self.names.values().filter_map(|inode| self.inodes.get(inode)).map(Inode::length).sum()
    }

    /// What is not durable is lost, or not.
    fn lose(&mut self) {
        // In one cut most survives, in another nothing.
        let odds = self.random.below(5);
        for change in std::mem::take(&mut self.unsynced_names) {
            if self.random.below(4) < odds {
                self.make_durable(change);
            }
        }
        for inode in self.inodes.values_mut() {
            inode.lose(&mut self.random, odds);
        }
        self.names = self.durable_names.clone();
        let alive: Vec<u64> = self.names.values().copied().collect();
        self.inodes.retain(|inode, _| alive.contains(inode));
    }

    fn make_durable(&mut self, change: NameChange) {
        match change {
            NameChange::Added(path, inode) => drop(self.durable_names.insert(path, inode)),
            NameChange::Removed(path) => drop(self.durable_names.remove(&path)),
            NameChange::Renamed(from, to, inode) => {
                self.durable_names.remove(&from);
                self.durable_names.insert(to, inode);
            }
        }
    }
}

impl NameChange {
    fn is_in(&self, folder: &Path) -> bool {
        let inside = |path: &Path| path.parent() == Some(folder);
        match self {
            Self::Added(path, _) | Self::Removed(path) => inside(path),
            Self::Renamed(from, to, _) => inside(from) || inside(to),
        }
    }
}

impl Inode {
    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn sync(&mut self) {
        for (start, end) in std::mem::take(&mut self.dirty) {
            self.keep(start, end);
        }
        self.durable.resize(self.bytes.len(), 0);
    }

    fn lose(&mut self, random: &mut Random, odds: u64) {
        let torn_at = random.below(self.dirty.len() as u64 * 4);
        for (index, (start, end)) in std::mem::take(&mut self.dirty).into_iter().enumerate() {
            let mut at = start;
            while at < end {
                let next = ((at / SECTOR_BYTES + 1) * SECTOR_BYTES).min(end);
                if random.below(4) < odds {
                    self.keep(at, next);
                } else if index as u64 == torn_at {
                    self.keep(at, at + random.below(next - at));
                }
                at = next;
            }
        }
        self.bytes = self.durable.clone();
    }

    fn keep(&mut self, start: u64, end: u64) {
        let (start, end) = (start as usize, end as usize);
        if self.durable.len() < end {
            self.durable.resize(end, 0);
        }
        self.durable[start..end].copy_from_slice(&self.bytes[start..end]);
    }
}

impl Storage for Faulty {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        let mut world = self.world(None)?;
        if world.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = world.inodes.keys().last().map_or(0, |last| last + 1);
        world.inodes.insert(inode, Inode::default());
        world.names.insert(path.to_owned(), inode);
        world.unsynced_names.push(NameChange::Added(path.to_owned(), inode));
        Ok(Arc::new(FaultyFile { disk: self.clone(), inode }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        self.opened(path)
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        self.opened(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.world(Some(Fault::Rename))?;
        let inode = world.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        world.names.insert(to.to_owned(), inode);
        world.unsynced_names.push(NameChange::Renamed(from.to_owned(), to.to_owned(), inode));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world(None)?;
        world.names.remove(path).ok_or(io::ErrorKind::NotFound)?;
        world.unsynced_names.push(NameChange::Removed(path.to_owned()));
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let world = self.world(None)?;
        let inside = world.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
    }

    fn create_dir(&self, _folder: &Path) -> io::Result<bool> {
        Ok(false)
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let mut world = self.world(Some(Fault::Sync))?;
        world.syncs += 1;
        for change in std::mem::take(&mut world.unsynced_names) {
            if change.is_in(folder) {
                world.make_durable(change);
            } else {
                world.unsynced_names.push(change);
            }
        }
        Ok(())
    }

    fn space(&self, _folder: &Path) -> io::Result<Space> {
        Ok(Space { free: 1 << 40, total: 1 << 40 })
    }

    fn modified(&self, path: &Path) -> io::Result<Timestamp> {
        let world = self.world(None)?;
        let inode = world.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(world.inodes[inode].modified)
    }

    fn touch(&self, path: &Path, time: Timestamp) -> io::Result<()> {
        let mut world = self.world(None)?;
        let inode = *world.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        world.inodes.get_mut(&inode).unwrap().modified = time;
        Ok(())
    }

    fn lock(&self, _path: &Path, _holder: &str) -> io::Result<Lock> {
        Ok(Lock::Taken(Box::new(())))
    }

    fn syncs(&self) -> u64 {
        self.any().syncs
    }
}

impl FaultyFile {
    fn inode<'w>(&self, world: &'w mut World) -> io::Result<&'w mut Inode> {
        world.inodes.get_mut(&self.inode).ok_or_else(failed)
    }
}

impl StorageFile for FaultyFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut world = self.disk.world(None)?;
        let bytes = &self.inode(&mut world)?.bytes;
        io::Read::read(&mut bytes.get(offset as usize..).unwrap_or_default(), buffer)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let mut world = self.disk.world(Some(Fault::Write))?;
        let mut count = bytes.len() as u64;
        if world.short_writes && world.random.below(4) == 0 {
            count = 1 + world.random.below(count);
        }
        let left = world.capacity.map(|capacity| capacity.saturating_sub(world.used()));
        let inode = self.inode(&mut world)?;
        if let Some(left) = left {
            count = count.min((inode.length() + left).saturating_sub(offset));
            if count == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        let (start, end) = (offset as usize, (offset + count) as usize);
        if inode.bytes.len() < end {
            inode.bytes.resize(end, 0);
        }
        inode.bytes[start..end].copy_from_slice(&bytes[..count as usize]);
        inode.dirty.push((offset, offset + count));
        Ok(count as usize)
    }

    fn sync_data(&self) -> io::Result<()> {
        let synced = self.disk.world(Some(Fault::Sync)).map(drop);
        let mut world = self.disk.any();
        if world.boot != self.disk.boot {
            return Err(failed());
        }
        world.syncs += 1;
        let powered = !matches!(world.fault, Some((Fault::PowerCut, 0)));
        let inode = self.inode(&mut world)?;
        match synced {
            Ok(()) => inode.sync(),
            // What the kernel could not write it takes for written; the power cut that follows knows better.
            Err(_) if powered => inode.dirty.clear(),
            Err(_) => {}
        }
        synced
    }

    fn length(&self) -> io::Result<u64> {
        let mut world = self.disk.world(None)?;
        Ok(self.inode(&mut world)?.length())
    }
}
