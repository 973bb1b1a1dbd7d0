// Whoever owns the database's file may write into it, past Courier.
import { join } from 'node:path';
import { run } from '../harness/processes.mjs';

const PROGRAM = 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=30); db.executescript(sys.argv[2]); db.commit()';

export const changeStore = (home, sql) => run('/usr/bin/python3', ['-c', PROGRAM, join(home.home, 'courier.db'), sql]);
