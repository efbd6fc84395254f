/* Exports: what a capture delivers, one after another, in the formats of other tools. A format is one entry of
 * export_formats and one file in viewers/. It appends to a string that its caller empties at any time between two
 * calls, so memory does not grow with the input. Figures are those of pool_figures.h. */
#pragma once

#include "memprof/analysis/error.h"
#include "memprof/base/strbuf.h"
#include "memprof/capture/capture.h"
#include "memprof/model/board_event.h"
#include "memprof/model/history.h"

/* Where and when it was. Texts are not clean. */
struct export_place {
	const char *file;               /* the input, by its name */
	uint64_t n_input;               /* 1.. */
	uint64_t n_boot;                /* 1.., over all inputs */
	uint64_t n_dump;                /* of a snapshot its own; else the one before, or which explains it; 0: none */
	uint64_t line;                  /* 1.. in the input; 0: not known */
	uint64_t at_us;                 /* since the first time of the input; NOT_KNOWN */
	uint64_t date_us;               /* the same since 1970; NOT_KNOWN without a date */
	bool is_utc;                    /* date_us is; else it is local time of an unknown zone */
	const struct board_info *board; /* known: false where nothing identifies it */
};

struct export_moment {
	struct export_place place;
	enum moment_kind kind; /* MOMENT_POOLS: a pool that was reported by itself */
	const char *label;     /* "" */
	bool complete;         /* else rows of its tables are missing */
	const struct snapshot_reported *reported;
	const struct history_figures *pools;
	size_t n_pools;
};

struct export_event {
	struct export_place place;
	const struct board_event *of;
};

/* A failed allocation, explained. It comes after its event. */
struct export_failure {
	struct export_place place;
	const struct error_info *error;
};

/* One export. All-zero but for out and wants_events is ready. */
struct export
{
	struct strbuf *out;
	bool wants_events;        /* of a format of two tables: that of events */
	void *state;              /* of the format */
	void (*drain)(void *ctx); /* empties out, where a format writes much in one call */
	void *ctx;
	/* results, of formats that cannot do without */
	uint64_t n_untimed;      /* moments without a time */
	uint64_t n_backwards;    /* moments earlier than the one before them */
	uint64_t n_undated;      /* inputs without a date behind one that has dates, or the other way round */
	uint64_t n_pools_beyond; /* figures of pools beyond the number that the format has room for */
};

/* Members may be NULL. */
struct export_format {
	const char *name;        /* for --format */
	const char *suffixes[3]; /* of files, NULL-terminated; the first is the one in messages */
	bool is_binary;          /* not for terminals */
	bool has_two_tables;     /* figures, or events (export.wants_events) */
	size_t state_bytes;
	void (*begin)(struct export *e);
	void (*moment)(struct export *e, const struct export_moment *moment);
	void (*event)(struct export *e, const struct export_event *event);
	void (*failure)(struct export *e, const struct export_failure *failure);
	void (*end)(struct export *e);
	void (*deinit)(struct export *e); /* frees what the state has */
};

extern const struct export_format export_csv, export_json, export_openmetrics, export_perfetto;
extern const struct export_format *const export_formats[]; /* NULL-terminated */

const struct export_format *export_format_named(const char *name);       /* NULL: unknown */
const struct export_format *export_format_of_suffix(const char *suffix); /* ".csv", in any case; NULL: unknown */

const char *export_moment_name(enum moment_kind kind); /* "snapshot", "sample", "pool" */

/* "2026-11-20T07:09:41.325Z" (RFC 3339); local time has no Z. Nothing without a date. */
void export_date(struct strbuf *out, const struct export_place *place);
