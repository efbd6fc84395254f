/* What a program prints: the sampler's frames are taken out of it, marks and MemoryErrors are read, and the rest is
 * shown. */
#include <ctype.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/protocol/first_alloc_hook.h"
#include "memprof/protocol/import_hook.h"
#include "memprof/protocol/repl.h"
#include "private.h"

enum { LINE_KEPT_BYTES = 256 };

static void decode(struct program *p, const char *bytes, size_t n)
{
	struct event event;
	struct diag diag;

	decoder_mem_info.feed(p->frames, (const uint8_t *)bytes, n, NOT_KNOWN);
	while (decoder_mem_info.next_event(p->frames, &event, &diag) == DECODER_EVENT)
		program_event(p, &event);
}

static void keep_mark(struct program *p, const char *label)
{
	struct run_mark *mark = &p->result->info.marks[p->result->info.n_marks++ % RUN_MARKS_MAX];
	size_t n = MIN(strlen(label), sizeof(mark->label) - 1);

	*mark = (struct run_mark){ .at = p->last_sample };
	memcpy(mark->label, label, n);
}

/* A whole line of its output: a mark names the sample before it, and what else a line of a log can
 * say is taken as from a log. */
static void program_line(struct program *p)
{
	static const char mark[] = "memprof: ";
	const char *text = strbuf_text(&p->line);

	if (p->fresh_sample && text_starts(text, p->line.n_bytes, mark)) {
		p->fresh_sample = false;
		struct strbuf label CLEANUP(strbuf_deinit) = STRBUF_INIT;
		text_visible(&label, text + sizeof(mark) - 1, p->line.n_bytes - (sizeof(mark) - 1), false);
		if (p->handler.on_label)
			p->handler.on_label(p->handler.ctx, strbuf_text(&label));
		keep_mark(p, strbuf_text(&label));
	}
	for (struct run_row *row = p->rows; row < p->rows + p->n_rows; row++)
		if (row->hook->line)
			row->hook->line(p, row, text);
	strbuf_putc(&p->line, '\n'); /* it may move */
	decode(p, strbuf_text(&p->line), p->line.n_bytes);
	strbuf_reset(&p->line);
}

/* How many bytes at the end are the beginning of a UTF-8 sequence that is not whole yet. */
static size_t n_unfinished(const char *bytes, size_t n)
{
	for (size_t back = 1; back <= 3 && back <= n; back++) {
		uint8_t c = (uint8_t)bytes[n - back];
		if (c >= 0xc0)
			return (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) > back ? back : 0;
		if (c < 0x80)
			return 0;
	}
	return 0;
}

/* Without the CRs of line ends; another one overwrites its line, as of a progress bar. */
static void add_unshown(struct program *p, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p->after_cr && bytes[i] != '\n' && bytes[i] != '\r')
			strbuf_putc(&p->unshown, '\r');
		p->after_cr = bytes[i] == '\r';
		if (!p->after_cr)
			strbuf_putc(&p->unshown, bytes[i]);
	}
}

/* To the terminal, harmless. */
static void show_program(struct program *p, const char *bytes, size_t n)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	add_unshown(p, bytes, n);
	size_t n_keep = n_unfinished(strbuf_text(&p->unshown), p->unshown.n_bytes);
	size_t n_show = p->unshown.n_bytes - n_keep;
	const char *at = strbuf_text(&p->unshown), *end = at + n_show;
	while (at < end) {
		const char *cr = memchr(at, '\r', (size_t)(end - at));
		text_visible(&clean, at, (size_t)((cr ? cr : end) - at), true);
		if (cr)
			strbuf_putc(&clean, '\r');
		at = cr ? cr + 1 : end;
	}
	p->options->output.write(p->options->output.ctx, strbuf_text(&clean));
	if (n_show > 0)
		memmove(p->unshown.text, p->unshown.text + n_show, n_keep + 1);
	p->unshown.n_bytes = n_keep;
}

static void program_bytes(struct program *p, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			program_line(p);
		else if (bytes[i] != '\r' && p->line.n_bytes < LINE_KEPT_BYTES)
			strbuf_putc(&p->line, bytes[i]);
	}
	show_program(p, bytes, n);
}

const char *const program_statistics_begins[] = { "mem: total=", "stack: ", "GC: total: ", NULL };

bool hook_may_have_frame(const struct run_hook *hook, const char *text, size_t n)
{
	const char *const *begin = hook->frame_begins;

	while (begin && *begin && strncmp(text, *begin, MIN(n, strlen(*begin))) != 0)
		begin++;
	return begin && *begin && n <= hook->frame_max_bytes;
}

/* It was the program's own after all. */
static void release_frame(struct program *p)
{
	char begin = REPL_FRAME_BEGIN;

	p->in_frame = false;
	program_bytes(p, &begin, 1);
	program_bytes(p, strbuf_text(&p->frame), p->frame.n_bytes);
	strbuf_reset(&p->frame);
}

/* The hook that what stands in a frame so far can be of; NULL: of none. */
static struct run_row *frame_row(struct program *p)
{
	for (struct run_row *row = p->rows; row < p->rows + p->n_rows; row++)
		if (row->is_on && hook_may_have_frame(row->hook, strbuf_text(&p->frame), p->frame.n_bytes))
			return row;
	return NULL;
}

static bool has_frames(const struct program *p)
{
	for (size_t i = 0; i < p->n_rows; i++)
		if (p->rows[i].is_on && p->rows[i].hook->frame_begins)
			return true;
	return false;
}

/* A line that mem_info() prints. */
static bool is_line_of_ours(const char *line, size_t n)
{
	static const char *const begins[] = { "mem: ", "stack: ", "GC: ", "GC memory ", " No. of ", "      " };

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (text_starts(line, n, begins[i]))
			return true;
	size_t n_digits = 0;
	while (n_digits < n && isxdigit((unsigned char)line[n_digits]))
		n_digits++;
	return n_digits > 4 && n_digits < n && line[n_digits] == ':';
}

/* Lines that another thread of the program printed meanwhile are its output. */
static void release_lines_between(struct program *p)
{
	struct strbuf ours = STRBUF_INIT;
	const char *line = strbuf_text(&p->frame), *end = line + p->frame.n_bytes;

	while (line < end) {
		const char *lf = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((lf ? lf + 1 : end) - line);
		if (is_line_of_ours(line, n))
			strbuf_add(&ours, line, n);
		else
			program_bytes(p, line, n);
		line += n;
	}
	strbuf_deinit(&p->frame);
	p->frame = ours;
}

int program_statistics_frame(struct program *p, struct run_row *row, const char *text, size_t n)
{
	(void)row;
	(void)text;
	(void)n;
	release_lines_between(p);
	p->fresh_sample = true;
	decode(p, strbuf_text(&p->frame), p->frame.n_bytes);
	decode(p, session_end_of_dump, strlen(session_end_of_dump));
	return 0;
}

static void end_frame(struct program *p)
{
	struct run_row *row = frame_row(p);
	char end = REPL_FRAME_END;

	if (row->hook->frame(p, row, strbuf_text(&p->frame), p->frame.n_bytes) < 0) {
		release_frame(p);
		program_bytes(p, &end, 1);
	}
	p->in_frame = false;
	strbuf_reset(&p->frame);
}

void program_output(struct program *p, const char *bytes, size_t n_bytes)
{
	const char *at = bytes, *end = bytes + n_bytes;

	while (at < end) {
		if (p->in_frame) {
			if (*at == REPL_FRAME_END && p->frame.n_bytes > 0) {
				at++;
				end_frame(p);
				continue;
			}
			strbuf_putc(&p->frame, *at++);
			if (!frame_row(p))
				release_frame(p);
			continue;
		}
		const char *edge = has_frames(p) ? memchr(at, REPL_FRAME_BEGIN, (size_t)(end - at)) : NULL;
		if (edge != at)
			program_bytes(p, at, (size_t)((edge ? edge : end) - at));
		p->in_frame = edge != NULL;
		at = edge ? edge + 1 : end;
	}
}

void program_output_ends(struct program *p)
{
	if (p->in_frame)
		release_frame(p);
	if (p->line.n_bytes > 0) /* its last words, without a newline */
		program_line(p);
	if (p->after_cr)
		p->options->output.write(p->options->output.ctx, "\r");
	p->after_cr = false;
}

/* Without the lines that are of our hooks: an import or a call is in them, and not of the program. */
static void drop_our_lines(struct strbuf *out, const char *text, size_t n_bytes)
{
	static const char imports[] = ", in " IMPORTS_HOOK_NAME, wrapper[] = ", in " FIRST_ALLOC_HOOK_NAME;
	const char *end = text + n_bytes;

	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		size_t n = lf ? (size_t)(lf + 1 - text) : (size_t)(end - text);
		if (!text_find(text, n, imports) && !text_find(text, n, wrapper))
			strbuf_add(out, text, n);
		text += n;
	}
}

void program_traceback(struct program *p, const char *bytes, size_t n_bytes)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	drop_our_lines(&text, bytes, n_bytes);
	decode(p, strbuf_text(&text), text.n_bytes);
	decode(p, "\n", 1);
	show_program(p, strbuf_text(&text), text.n_bytes);
}
