#include "v1.h"

const struct table v1_tables[N_V1_TABLES] = {
	{ "sessions",
	  "CREATE TABLE sessions(session INTEGER PRIMARY KEY, source TEXT NOT NULL, format TEXT, started_us"
	  " INTEGER, machine TEXT, firmware TEXT, board BLOB)" },
	{ "pools",
	  "CREATE TABLE pools(session INTEGER, pool INTEGER, name TEXT NOT NULL, kind INTEGER NOT NULL, memory"
	  " INTEGER NOT NULL, start INTEGER, size_bytes INTEGER, PRIMARY KEY(session, pool)) WITHOUT ROWID" },
	{ "samples",
	  "CREATE TABLE samples(id INTEGER PRIMARY KEY, boot INTEGER, at_us INTEGER, pool INTEGER, used_bytes"
	  " INTEGER, free_bytes INTEGER, largest_free_bytes INTEGER)" },
	{ "sample_details",
	  "CREATE TABLE sample_details(id INTEGER PRIMARY KEY, kind INTEGER, line INTEGER, time TEXT,"
	  " label BLOB, peak_bytes INTEGER, least_free_bytes INTEGER)" },
	{ "figures",
	  "CREATE TABLE figures(id INTEGER PRIMARY KEY, pool INTEGER, used_bytes INTEGER, free_bytes INTEGER,"
	  " largest_free_bytes INTEGER, peak_bytes INTEGER, least_free_bytes INTEGER)" },
	{ "events",
	  "CREATE TABLE events(id INTEGER PRIMARY KEY, boot INTEGER, at_us INTEGER, line INTEGER, time TEXT,"
	  " kind TEXT NOT NULL, bytes INTEGER, duration_us INTEGER, board_us INTEGER, pool TEXT, text BLOB,"
	  " details TEXT)" },
	{ "console", "CREATE TABLE console(id INTEGER PRIMARY KEY, at_us INTEGER, text BLOB)" },
	{ "tables",
	  "CREATE TABLE tables(id INTEGER PRIMARY KEY, chain INTEGER NOT NULL, last INTEGER NOT NULL, n_bytes"
	  " INTEGER NOT NULL, entries BLOB NOT NULL)" },
	{ "marks", "CREATE TABLE marks(mark INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, text BLOB NOT NULL)" },
	{ "files",
	  "CREATE TABLE files(file INTEGER PRIMARY KEY, mark INTEGER NOT NULL, name TEXT NOT NULL, content BLOB"
	  " NOT NULL)" },
};
