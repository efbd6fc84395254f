/* What diff and history diff share: options of tables, and the report. */
#ifndef MEMPROF_DIFF_REPORT_H
#define MEMPROF_DIFF_REPORT_H

#include "memprof/cli/options.h"
#include "memprof/cli/output.h"
#include "memprof/viewers/diff_view.h"

struct diff_wishes {
	struct diff_options diff;
	bool by_chance; /* nobody asked for tables, names or a number of rows: long tables of text are cut */
	bool has_top;
	size_t n_top;
};

/* --by, --top, --filter, --threshold, --all. 0, or -EINVAL after a message. */
int diff_wishes_read(const struct options *options, struct diff_wishes *ret);
/* What text shows unless it is told. */
void diff_wishes_choose(struct diff_wishes *wishes, enum output_format format);

/* --threshold. 0, or -EINVAL after a message. */
int diff_read_threshold(const struct options *options, struct diff_options *ret);
/* -EINVAL after a message: not a number, or below least. ret stays without the option. */
int diff_read_count(const struct options *options, const char *name, uint64_t least, uint64_t *ret);

/* Cuts long tables, prints the notes and writes the report. */
void diff_report(struct output *out, struct diff *diff, const struct diff_view *view, const struct diff_wishes *wishes);

#endif
