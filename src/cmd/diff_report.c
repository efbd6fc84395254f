/* The report of a diff, also of diff of history: which tables it has, what is in them, in which format. */
#include "diff_report.h"

#include <errno.h>
#include <string.h>

#include "memprof/cli/message.h"
#include "memprof/sinks/output_document.h"

enum {
	TOP_ROWS = 10,
	TOP_SYMBOLS = 25, /* of a comment: a file that is gone takes all its symbols with it */
};

/* "symbol", or "symbols" as the JSON has it. */
static bool is_table(enum diff_table table, const char *name, size_t n_bytes)
{
	const char *known = diff_table_name(table);
	size_t n_known = strlen(known);

	return strncmp(known, name, n_bytes) == 0 &&
	       (n_bytes == n_known || (n_bytes == n_known - 1 && known[n_known - 1] == 's'));
}

static int read_by(const char *by, unsigned *ret)
{
	*ret = 0;
	while (by) {
		size_t n = strcspn(by, ",");
		unsigned table = 0;
		while (table < N_DIFF_TABLES && !is_table((enum diff_table)table, by, n))
			table++;
		if (table == N_DIFF_TABLES) {
			message_error(
				"--by takes region, section, component, archive, object, symbol, "
				"frozen, source and folder of builds, pool, kind and run of heaps, not '%.*s'",
				(int)n, by);
			return -EINVAL;
		}
		*ret |= DIFF_BIT(table);
		by = by[n] ? by + n + 1 : NULL;
	}
	return 0;
}

int diff_read_threshold(const char *text, struct diff_options *ret)
{
	uint64_t millionths = 0;

	if (!text || number_parse_size(text, &ret->threshold_bytes) == 0)
		return 0;
	if (number_parse_percent(text, &millionths) == 0) {
		ret->threshold_percent = (double)millionths / 1e4;
		return 0;
	}
	message_error("--threshold takes bytes, as 64 or 1K, or percent of the old size, as 0.5%%, not '%s'", text);
	return -EINVAL;
}

int diff_choices_read(const struct table_args *args, struct diff_choices *ret)
{
	uint64_t n_top = args->top == NOT_KNOWN ? TOP_ROWS : args->top;

	*ret = (struct diff_choices){ .has_top = args->top != NOT_KNOWN, .n_top = n_top ? (size_t)n_top : SIZE_MAX };
	ret->diff.filter = args->filter;
	ret->diff.region = args->region;
	ret->diff.grown = args->grown;
	ret->diff.all = args->all;
	if (read_by(args->by, &ret->diff.tables) < 0 || diff_read_threshold(args->threshold, &ret->diff) < 0)
		return -EINVAL;
	ret->diff.asked = ret->diff.tables != 0;
	ret->by_chance = !ret->has_top && !ret->diff.tables && !ret->diff.filter;
	return 0;
}

/* What text shows unless it is told: archives say what objects and components say. */
void diff_choices_choose(struct diff_choices *choices, enum output_format format)
{
	if (!choices->diff.tables && format != OUTPUT_JSON && format != OUTPUT_HTML)
		choices->diff.tables = (DIFF_OF_IMAGES | DIFF_OF_HEAPS) & ~DIFF_BIT(DIFF_ARCHIVES);
}

static void cut_tables(struct diff *diff, const struct diff_choices *choices, enum output_format format)
{
	static const unsigned long_ones = DIFF_BIT(DIFF_ARCHIVES) | DIFF_BIT(DIFF_OBJECTS) | DIFF_BIT(DIFF_SYMBOLS) |
					  DIFF_BIT(DIFF_COMPONENTS) | DIFF_BIT(DIFF_RUNS);

	for (unsigned t = 0; t < N_DIFF_TABLES; t++)
		if (choices->has_top || (choices->by_chance && format == OUTPUT_TEXT && long_ones & DIFF_BIT(t)))
			diff_cut(diff, (enum diff_table)t, choices->n_top);
	if (!choices->has_top && format == OUTPUT_MARKDOWN)
		diff_cut(diff, DIFF_SYMBOLS, TOP_SYMBOLS);
}

void diff_report(struct output *out, struct diff *diff, const struct diff_view *view,
		 const struct diff_choices *choices)
{
	cut_tables(diff, choices, out->format);
	if (out->format == OUTPUT_JSON) {
		for (size_t i = 0; i < diff->n_notes; i++)
			message_at((struct place){ 0 }, "note", "%s", diff->notes[i]);
		json_diff(&(struct json){ .out = &out->text }, view);
	} else if (out->format == OUTPUT_HTML) {
		html_diff(&out->text, view);
	} else {
		struct document d CLEANUP(doc_deinit);
		document_diff(&d, view);
		output_document(out, &d);
	}
	output_drain(out);
}
