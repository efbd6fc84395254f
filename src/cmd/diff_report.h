/* What diff and history diff share: options of tables, and the report. */
#pragma once

#include "load.h"
#include "memprof/cli/output.h"
#include "memprof/viewers/diff_view.h"

struct diff_choices {
	struct diff_options diff;
	bool by_chance; /* nobody asked for tables, names or a number of rows: long tables of text are cut */
	bool has_top;
	size_t n_top;
};

/* What options of tables say: the member `tables` of a command's struct args. */
struct table_args {
	const char *by, *filter, *region, *threshold;
	uint64_t top;
	bool grown, all;
};

/* Of `memprof diff`. */
struct diff_args {
	struct output_args output;
	struct log_args log;
	struct script_args scripts;
	struct table_args tables;
	const char *elf[2], *rules; /* of the old and the new one */
	uint64_t dump[2];           /* NOT_KNOWN: the last whole one */
	bool alive, exit_code;
	unsigned demangle;
};

/* 0, or -EINVAL after a message. */
int diff_choices_read(const struct table_args *args, struct diff_choices *ret);
/* What text shows unless it is told. */
void diff_choices_choose(struct diff_choices *choices, enum output_format format);

/* Of --threshold; NULL: none. 0, or -EINVAL after a message. */
int diff_read_threshold(const char *text, struct diff_options *ret);

/* Cuts long tables, prints the notes and writes the report. */
void diff_report(struct output *out, struct diff *diff, const struct diff_view *view,
		 const struct diff_choices *choices);
