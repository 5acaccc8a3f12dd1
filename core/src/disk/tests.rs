//! Files that change, fail or cannot be used.

use super::temporary::{TEMPORARY_PREFIX, Temporary};
use super::*;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

fn names(folder: &Path) -> Vec<String> {
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

#[test]
fn f5_dropped_output_leaves_nothing_and_committed_output_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    let output = Output::create(&target, Existing::Refuse).unwrap();
    output.write_all_at(b"half", 0).unwrap();
    // No name where the file system can do that, else a temporary one.
    assert!(names(folder.path()).iter().all(|name| name.starts_with(TEMPORARY_PREFIX)));
    drop(output);
    assert!(names(folder.path()).is_empty());

    let output = Output::create(&target, Existing::Refuse).unwrap();
    output.write_all_at(b"whole", 0).unwrap();
    output.commit().unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"whole");
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, MODE);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn f6_a_missing_folder_is_the_systems_error_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let error = Output::create(&folder.path().join("missing/out"), Existing::Refuse).unwrap_err();
    let DiskError::Io { source, path, .. } = error else { panic!("another error") };
    assert_eq!((source.raw_os_error(), path), (Some(2), folder.path().join("missing")));
}

#[test]
fn f5_new_file_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    let mut file = NewFile::create(&target, Existing::Refuse).unwrap();
    file.write_all(b"half").unwrap();
    drop(file);
    assert!(names(folder.path()).is_empty());
    let mut file = NewFile::create(&target, Existing::Refuse).unwrap();
    file.write_all(b"who").unwrap();
    file.write_all(b"le").unwrap();
    file.finish().unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"whole");
    assert_eq!(NewFile::create(&target, Existing::Refuse).unwrap_err().code(), "exists");
}

#[test]
fn f5_source_file_is_read_whole_or_ends_in_an_error() {
    use std::io::Read;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in");
    let changed = |error: io::Error| error.downcast::<DiskError>().unwrap().code();
    fs::write(&path, b"content").unwrap();
    let mut read = Vec::new();
    assert_eq!(SourceFile::open(&path).unwrap().read_to_end(&mut read).unwrap(), 7);
    assert_eq!(read, b"content");

    let mut shrinks = SourceFile::open(&path).unwrap();
    assert_eq!((shrinks.size(), shrinks.read(&mut [0; 3]).unwrap()), (7, 3));
    fs::write(&path, b"cont").unwrap();
    assert_eq!(changed(shrinks.read_to_end(&mut Vec::new()).unwrap_err()), "input-changed");

    let mut grows = SourceFile::open(&path).unwrap();
    assert_eq!(grows.read(&mut [0; 4]).unwrap(), 4);
    File::options().append(true).open(&path).unwrap().write_all(b"ent").unwrap();
    assert_eq!(changed(grows.read(&mut [0; 4]).unwrap_err()), "input-changed");

    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert_eq!(SourceFile::open(&link).unwrap_err().code(), "path");
    assert_eq!(SourceFile::open(folder.path()).unwrap_err().code(), "path");
}

#[test]
fn f5_orphans_are_found_and_what_is_being_written_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let writing = Temporary::named(folder.path()).unwrap();
    let orphan = folder.path().join(".vlec-abc.tmp");
    fs::write(&orphan, b"left by a crash").unwrap();
    fs::write(folder.path().join("other.tmp"), b"not ours").unwrap();
    assert_eq!(orphans(folder.path()).unwrap(), std::slice::from_ref(&orphan));
    remove_orphan(&orphan).unwrap();
    remove_orphan(&orphan).unwrap();
    assert!(orphans(folder.path()).unwrap().is_empty());
    assert_eq!(names(folder.path()).len(), 2);
    drop(writing);
    assert_eq!(names(folder.path()), ["other.tmp"]);
}

#[test]
fn f5_existing_file_is_replaced_only_on_request_even_if_it_appears_late() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    let late = Output::create(&target, Existing::Refuse).unwrap();
    fs::write(&target, b"old").unwrap();
    assert_eq!(late.commit().unwrap_err().code(), "exists");
    assert_eq!(Output::create(&target, Existing::Refuse).unwrap_err().code(), "exists");
    assert_eq!(fs::read(&target).unwrap(), b"old");
    let output = Output::create(&target, Existing::Replace).unwrap();
    output.write_all_at(b"new", 0).unwrap();
    output.commit().unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["out"]);
}

/// Whoever looks for orphans meanwhile leaves what a new file replaces alone, until that is durable.
#[test]
fn f8_a_replaced_file_is_no_orphan_while_it_may_have_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    fs::write(&target, b"old").unwrap();
    let temporary = Temporary::create(folder.path()).unwrap();
    let (file, before) = naming::name(temporary, folder.path(), &target, Existing::Replace).unwrap();
    assert_eq!(names(folder.path()).len(), 2);
    assert!(orphans(folder.path()).unwrap().is_empty());
    before.restore(&target, &file).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["out"]);
}

/// What has the name when the names are exchanged is not what was looked at.
#[test]
fn f8_a_folder_or_a_link_that_takes_a_files_place_meanwhile_stays_there() {
    let folder = tempfile::tempdir().unwrap();
    let (path, target) = (folder.path().join(".vlec-x.tmp"), folder.path().join("out"));
    fs::write(&path, b"new").unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("theirs"), b"theirs").unwrap();
    assert_eq!(naming::exchange(&path, &target).err().unwrap().code(), "path");
    assert_eq!((fs::read(&path).unwrap(), names(&target)), (b"new".to_vec(), vec!["theirs".to_owned()]));
    fs::remove_dir_all(&target).unwrap();
    symlink("elsewhere", &target).unwrap();
    assert_eq!(naming::exchange(&path, &target).err().unwrap().code(), "path");
    assert_eq!(fs::read_link(&target).unwrap(), Path::new("elsewhere"));
    assert_eq!(fs::read(&path).unwrap(), b"new");
    fs::remove_file(&target).unwrap();
    assert!(matches!(naming::exchange(&path, &target).unwrap(), naming::Exchanged::Not));
}

#[test]
fn f8_a_folder_that_a_killed_process_has_left_is_an_orphan_and_one_in_use_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let using = TemporaryFolder::create(folder.path()).unwrap();
    fs::write(using.path().join("copy"), b"in use").unwrap();
    let [orphan, theirs, link] =
        ["abc", "theirs", "link"].map(|name| folder.path().join(format!(".vlec-{name}.tmp")));
    let for_the_owner = |path| fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
    fs::create_dir(&orphan).unwrap();
    for_the_owner(&orphan);
    for name in ["copy", "copy-journal"] {
        fs::write(orphan.join(name), b"left by a crash").unwrap();
    }
    symlink(&orphan, &link).unwrap();
    assert_eq!(orphans(folder.path()).unwrap(), std::slice::from_ref(&orphan));
    remove_orphan(using.path()).unwrap();
    assert!(using.path().join("copy").exists());
    remove_orphan(&orphan).unwrap();
    assert!(orphans(folder.path()).unwrap().is_empty());
    // A folder with anything else in it is somebody's.
    fs::create_dir(&theirs).unwrap();
    for_the_owner(&theirs);
    for name in ["copy", "letter"] {
        fs::write(theirs.join(name), b"theirs").unwrap();
    }
    assert!(orphans(folder.path()).unwrap().is_empty());
    remove_orphan(&theirs).unwrap();
    assert_eq!(names(&theirs), ["copy", "letter"]);
    fs::remove_file(theirs.join("letter")).unwrap();
    fs::set_permissions(&theirs, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(orphans(folder.path()).unwrap().is_empty(), "others may write there");
    remove_orphan(&theirs).unwrap();
    assert_eq!(names(&theirs), ["copy"]);
    drop(using);
    assert_eq!(names(folder.path()), [".vlec-link.tmp", ".vlec-theirs.tmp"]);
}

#[test]
fn f6_links_folders_and_missing_parents_are_clear_errors() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, b"x").unwrap();
    symlink(&file, &link).unwrap();
    let text = |error: DiskError| error.to_string();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(text(Input::open(&pipe).unwrap_err()).contains("not a regular file"));
    fs::remove_file(&pipe).unwrap();
    let own = Input::open(&file).unwrap();
    assert!(text(own.check_is_not(&file).unwrap_err()).contains("is the input itself"));
    assert!(own.check_is_not(&link).is_ok());
    assert!(text(Input::open(&link).unwrap_err()).contains("symbolic link"));
    assert!(text(Output::create(&link, Existing::Replace).unwrap_err()).contains("symbolic link"));
    assert!(text(Input::open(folder.path()).unwrap_err()).contains("not a regular file"));
    assert!(text(Output::create(folder.path(), Existing::Replace).unwrap_err()).contains("not a regular"));
    let missing = folder.path().join("missing/out");
    assert_eq!(Input::open(&missing).unwrap_err().code(), "io");
    assert!(text(Output::create(&missing, Existing::Refuse).unwrap_err()).contains("missing"));
    assert!(text(Output::create(Path::new("/"), Existing::Refuse).unwrap_err()).contains("names no file"));
    assert_eq!(names(folder.path()), ["file", "link"]);
}

/// Of files in /proc no length is listed, of those in /sys a page.
#[test]
fn f7_a_length_that_is_not_the_contents_is_noticed() {
    use std::io::Read;
    let none = Path::new("/proc/version");
    assert_eq!(fs::metadata(none).unwrap().len(), 0);
    assert_eq!(Input::open(none).unwrap_err().code(), "input-length");
    assert_eq!(SourceFile::open(none).unwrap_err().code(), "input-length");
    let page = Path::new("/sys/kernel/mm/transparent_hugepage/enabled");
    if page.exists() {
        let error = SourceFile::open(page).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.downcast::<DiskError>().unwrap().code(), "input-length");
        let input = Input::open(page).unwrap();
        let mut all = vec![0; input.len() as usize];
        assert_eq!(input.read_exact_at(&mut all, 0).unwrap_err().code(), "input-length");
    }
}

#[test]
fn f4_a_changed_input_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in");
    fs::write(&path, b"0123456789").unwrap();
    let input = Input::open(&path).unwrap();
    assert!(input.check_unchanged().is_ok());
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"!").unwrap();
    assert_eq!(input.check_unchanged().unwrap_err().code(), "input-changed");
    let input = Input::open(&path).unwrap();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(3).unwrap();
    let error = input.read_exact_at(&mut [0; 10], 0).unwrap_err();
    assert_eq!(error.code(), "input-changed");
}
