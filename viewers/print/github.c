/* Findings as workflow commands, which GitHub shows beside the lines of their file (docs.github.com, "Workflow commands
 * for GitHub Actions"; actions/runner, ActionCommand.cs). The runner takes every line that begins with "::" for a
 * command, so nothing untrusted ever begins one. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/text.h"
#include "print/print.h"
#include "text/cut.h"

enum { TITLE_COLUMNS = 240 }; /* GitHub takes 255 */

static const struct text_style style = { .columns = 80 };

/* ---- a command ---- */

/* Ends of lines never come here, as they are made visible. */
static void add_escaped(struct strbuf *out, const char *text, const char *which)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	for (const char *p = strbuf_text(&clean); *p; p++) {
		if (strchr(which, *p))
			strbuf_printf(out, "%%%02X", (unsigned char)*p);
		else
			strbuf_putc(out, *p);
	}
}

static void add_property(struct strbuf *out, const char *text) { add_escaped(out, text, "%:,"); }

static void add_message(struct strbuf *out, const struct doc_block *block)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	print_plain(&text, block, &style);
	add_escaped(out, strbuf_text(&text), "%");
}

static void add_finding(struct strbuf *out, const struct doc_finding *f, const char *command, const char *what)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_cut(&title, f->name, strlen(f->name), TITLE_COLUMNS, CUT_END);
	strbuf_printf(out, "::%s ", command);
	if (f->at.file) {
		strbuf_puts(out, "file=");
		add_property(out, f->at.file);
		if (f->at.line)
			strbuf_printf(out, ",line=%" PRIu64, f->at.line);
		if (f->at.line && f->at.col)
			strbuf_printf(out, ",col=%" PRIu32, f->at.col);
		strbuf_puts(out, ",title=");
		add_property(out, strbuf_text(&title));
	} else {
		strbuf_printf(out, "title=memprof %s", what);
	}
	strbuf_puts(out, "::");
	add_message(out, f->message);
	if (f->advice) {
		strbuf_puts(out, "%0A");
		add_escaped(out, f->advice, "%");
	}
	strbuf_putc(out, '\n');
}

/* ---- all of them ---- */

/* Those that such a command tells of, as long as GitHub shows them. Returns how many there are more. */
static size_t add_findings(struct strbuf *out, const struct document *d, const char *command,
			   const bool outcomes[N_DOC_OUTCOMES], size_t n_room)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_table *t = &d->blocks[i].table;
		for (size_t k = 0; d->blocks[i].kind == DOC_TABLE && t->as_lines && k < t->n_rows; k++)
			if (outcomes[t->findings[k].outcome] && n++ < n_room)
				add_finding(out, &t->findings[k], command, d->what);
	}
	return n > n_room ? n - n_room : 0;
}

void print_github(struct strbuf *out, const struct document *d)
{
	static const struct {
		const char *command;
		bool outcomes[N_DOC_OUTCOMES];
		size_t n_room;
	} commands[] = {
		{ "error", { [DOC_FAILED] = true, [DOC_ERRED] = true }, GITHUB_SHOWS_MAX },
		{ "warning", { [DOC_WARNED] = true }, GITHUB_SHOWS_MAX },
		{ "notice", { [DOC_NOTED] = true }, GITHUB_SHOWS_MAX - 1 }, /* one is the answer */
	};
	size_t n_more[ARRAY_SIZE(commands)];

	if (print_fails(out, d))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		n_more[i] = add_findings(out, d, commands[i].command, commands[i].outcomes, commands[i].n_room);
	strbuf_printf(out, "::notice title=memprof %s::", d->what);
	add_message(out, &d->answer);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (n_more[i] > 0)
			strbuf_printf(out, "%%0A%zu %s%s more: GitHub shows %d of a step.", n_more[i],
				      commands[i].command, n_more[i] == 1 ? "" : "s", GITHUB_SHOWS_MAX);
	strbuf_putc(out, '\n');
}
