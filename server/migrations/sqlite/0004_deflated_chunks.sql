-- A chunk's hash is that of its own bytes, and no longer of the stream in which it travels: a tablet makes a chunk from one
-- that it has and a difference, and compares it with the same hash. Releases of before cannot be read; publish again.
ALTER TABLE chunk RENAME COLUMN bytes TO deflated;
