//! `*.list`, `*.mkdir`, `*.rmdir`, `*.rename`, `*.delete`: what a server can do with its own files and folders, the same
//! for every protocol.

use super::declare::params;
use super::field::PathList;
use super::transfer::{OnMissing, Overwrite};
use crate::ConnectionId;
use crate::pattern::PathPattern;

params! {
    RemoteList, "{protocol} list", Transfer, "list", "List files and folders on an {protocol} server.";
    fields {
        connection_id: ConnectionId, Connection, "Server", "The connection to list.";
        remote_path: PathList, RemotePath, "What to list", "A folder, a file or a pattern such as /out/*/.";
        pattern: String = "*", Template, "Names", "Only names that match this pattern.";
        recursive: bool = false, Switch, "Folders inside too", "Also list folders inside.";
    }
    outputs {
        entries: Entries, "name, path, size, modified_at and is_directory of each.";
        file_count: Integer, "How many are files.";
    }
}

params! {
    RemoteMkdir, "{protocol} make folder", Transfer, "folder-plus", "Make folders on an {protocol} server.";
    fields {
        connection_id: ConnectionId, Connection, "Server", "The connection to work on.";
        paths: PathList, RemotePath, "What to make", "The folders. One that is there already is what was wanted.";
        recursive: bool = true, Switch, "Folders above too", "Make missing folders above as well.";
        on_missing: OnMissing = "fail", Choice, "If the folder above is not there", "Fail, or leave the path out. Matters only when folders above are not made.", advanced;
    }
    outputs {}
}

params! {
    RemoteRmdir, "{protocol} remove folder", Transfer, "folder-minus", "Remove folders on an {protocol} server.";
    fields {
        connection_id: ConnectionId, Connection, "Server", "The connection to work on.";
        paths: PathList, RemotePath, "What to remove", "Folders, or patterns that folders match.";
        recursive: bool = false, Switch, "With everything inside", "Also remove what is inside; otherwise only an empty folder goes.";
        on_missing: OnMissing = "succeed", Choice, "If it is not there", "A folder that is gone already is what was wanted.";
    }
    outputs {}
}

params! {
    RemoteRename, "{protocol} rename", Transfer, "pencil-line", "Rename or move files and folders on an {protocol} server.";
    fields {
        connection_id: ConnectionId, Connection, "Server", "The connection to work on.";
        paths: PathList, RemotePath, "What to rename", "Files, folders or patterns.";
        to: PathPattern, RemotePath, "New name", "A folder (ending in /) to move into, a full path, or a name alone for the same folder. A * stands for the old name: *.done makes a.csv.done of a.csv.";
        recursive: bool = false, Switch, "Folders inside too", "A pattern also means files in folders inside; below a folder to move into the tree is kept.";
        overwrite: Overwrite = "fail", Choice, "If a file is already there", "What to do with a file that has the new name.", advanced;
        on_missing: OnMissing = "fail", Choice, "If it is not there", "Whether the step fails when there is nothing to rename.";
    }
    outputs {
        files: FileList, "The new paths.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
    }
}

params! {
    RemoteDelete, "{protocol} delete", Transfer, "trash-2", "Delete files on an {protocol} server.";
    fields {
        connection_id: ConnectionId, Connection, "Server", "The connection to work on.";
        paths: PathList, RemotePath, "What to delete", "Files or patterns.";
        recursive: bool = false, Switch, "Folders too", "Also delete folders that are named or match, with everything inside.";
        on_missing: OnMissing = "succeed", Choice, "If it is not there", "A file that is gone already is what was wanted.";
    }
    outputs {
        file_count: Integer, "How many files were deleted.";
    }
}
