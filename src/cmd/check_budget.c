/* The file with the budget of a check: read, tightened, or made and written. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/input/kinds.h"
#include "memprof/io/new_file.h"

static int refuse(const struct checking *k, const char *why)
{
	message_at((struct place){ .file = k->path }, "error", "%s", why);
	return EXIT_INPUT;
}

static int report(const struct diag *diag) { return load_exit(-EINVAL, diag); }

static int out_of_memory(void) { return load_exit(-ENOMEM, NULL); }

/* A fault is one row; the text view leaves it to the message. --per-test judges tests without a budget. */
int check_read_budget(struct checking *k)
{
	static const struct budget none = { .n_entries = 0 };
	struct diag diag = { 0 };

	k->check.name = k->path;
	if (!k->path)
		return check_begin(&k->check, &none) < 0 ? out_of_memory() : EXIT_FINE;
	enum input_kind kind;
	if (input_kind_read(k->path, &kind, &diag) == 0 && (kind == INPUT_MAP || kind == INPUT_ELF)) {
		message_at(
			(struct place){ .file = k->path }, "error",
			"this is %s; give it with --%s. A budget is a JSON file of limits, and --init makes a first one",
			input_kind_name(kind), kind == INPUT_MAP ? "map" : "elf");
		return EXIT_INPUT;
	}
	if (blob_read(k->path, &k->blob, &diag) == 0 &&
	    budget_read(k->blob.bytes, k->blob.n_bytes, k->path, &k->budget, &diag) == 0)
		return check_begin(&k->check, k->budget) < 0 ? out_of_memory() : EXIT_FINE;
	report(&diag);
	if (check_begin_unread(&k->check, k->path, &diag) < 0)
		return out_of_memory();
	check_judge(&k->check);
	return EXIT_INPUT;
}

/* Before inputs are read, as a file that cannot be written must not cost a run. */
static int check_path(const struct checking *k)
{
	struct options inputs = *k->options;
	struct diag diag = { 0 };

	inputs.n_args = 0;
	if (!k->path)
		return EXIT_FINE;
	if (output_find_input(&inputs, k->path))
		return refuse(k, "it is an input; the budget needs another file");
	int r = new_file_check(k->path, k->args->board.force, &diag);
	if (r == -EEXIST)
		return refuse(k, "file exists; --force replaces it, --update tightens it");
	return r < 0 ? report(&diag) : EXIT_FINE;
}

/* Unless it changed since it was read. */
static int rewrite_budget(const struct checking *k, const struct strbuf *text)
{
	struct blob now = { 0 };
	struct diag diag = { 0 };

	if (new_file_check(k->path, true, &diag) < 0 || blob_read(k->path, &now, &diag) < 0)
		return report(&diag);
	bool same = now.n_bytes == k->blob.n_bytes && memcmp(now.bytes, k->blob.bytes, now.n_bytes) == 0;
	blob_deinit(&now);
	if (!same)
		return refuse(k, "changed on disk; not overwritten; run memprof check --update again");
	return new_file_write(k->path, text, &diag) < 0 ? report(&diag) : EXIT_FINE;
}

/* ---- new limits ---- */

static int fit(struct checking *k, const char *text, size_t n_bytes, bool loosen, struct strbuf *ret)
{
	int n = check_fit(&k->check, ret, text, n_bytes, (double)k->args->headroom / 1e6, loosen);

	if (n < 0)
		out_of_memory();
	for (size_t i = 0; i < k->check.n_rows; i++) {
		const struct check_row *row = &k->check.rows[i];
		if (row->held_by_warning)
			message_at(row->at, "note",
				   "%s of %s stays at %s: a tighter limit would be behind warn_at; change that first",
				   row->limit->spec->key, row->entry->pattern, row->limit->text);
	}
	return n;
}

/* Kept limits are tightened also if others are broken. The rows are then judged by the new file. */
int check_update_budget(struct checking *k)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct check *c = &k->check;
	struct diag diag = { 0 };
	int n = fit(k, k->blob.bytes, k->blob.n_bytes, k->args->loosen, &text);

	if (n <= 0)
		return n < 0 ? EXIT_INPUT : EXIT_FINE;
	if (budget_read(strbuf_text(&text), text.n_bytes, k->path, &k->updated, &diag) < 0)
		return report(&diag);
	int code = rewrite_budget(k, &text);
	for (size_t i = 0; i < c->n_rows && code != EXIT_FINE; i++)
		c->rows[i].old_limit = c->rows[i].new_limit = NULL;
	if (code == EXIT_FINE)
		check_rejudge(c, k->updated);
	return code;
}

/* ---- a first budget ---- */

static int write_first(struct checking *k, const struct strbuf *text)
{
	struct output *out = &k->outputs.all[0];
	struct diag diag = { 0 };

	if (!k->path) {
		strbuf_add(&out->text, strbuf_text(text), text->n_bytes);
		output_drain(out);
		return EXIT_FINE;
	}
	if (check_path(k) != EXIT_FINE)
		return EXIT_INPUT;
	if (new_file_write(k->path, text, &diag) < 0)
		return report(&diag);
	message_at((struct place){ .file = k->path }, "note",
		   "wrote %zu limit%s, kept by these inputs; check the next build with memprof check %s and the same"
		   " options",
		   k->check.n_rows, k->check.n_rows == 1 ? "" : "s", k->path);
	return EXIT_FINE;
}

int check_init_budget(struct checking *k)
{
	struct strbuf first CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf unlimited CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *name = k->path ? k->path : "the new budget";
	struct diag diag = { 0 };

	if (check_path(k) != EXIT_FINE)
		return EXIT_INPUT;
	int code = check_read_inputs(k);
	if (code != EXIT_FINE) {
		refuse(k, "no budget was written: an input could not be read, or a test failed");
		return code;
	}
	if (k->check.each_input) {
		message_error(
			"a first budget is made of one log, and --dump names several boards; give the one that is worst");
		return EXIT_INPUT;
	}
	const struct image_region *over = check_inputs_overflowed(&k->inputs);
	if (over) {
		message_at((struct place){ .file = k->inputs.sides[CHECK_NOW].build.image->name }, "error",
			   "region %s overflows by %" PRIu64 " bytes; a first budget is made of a build that fits",
			   over->name, over->used_bytes - over->length_bytes);
		return EXIT_INPUT;
	}
	check_inputs_first_budget(&first, &k->inputs, &k->checkers[CHECK_NOW].last);
	if (strbuf_error(&first))
		return out_of_memory();
	if (budget_read(first.text, first.n_bytes, name, &k->budget, &diag) < 0) {
		message_error("no input for a budget; give --map, --dump, --run …");
		return EXIT_INPUT;
	}
	if (check_begin(&k->check, k->budget) < 0 || checker_give(&k->checkers[CHECK_NOW]) < 0)
		return out_of_memory();
	if (check_judge_inputs(k) != EXIT_FINE || fit(k, first.text, first.n_bytes, true, &text) < 0)
		return EXIT_INPUT;
	check_inputs_unlimited(&unlimited, &k->inputs);
	if (unlimited.n_bytes)
		message_at((struct place){ .file = k->inputs.sides[CHECK_NOW].build.image->name }, "note",
			   "windows onto flash have no limit of their own (%s): the whole image has one",
			   strbuf_text(&unlimited));
	return write_first(k, &text);
}
