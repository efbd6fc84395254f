#include "text/cut.h"

#include <string.h>

#include "memprof/base/text.h"

size_t text_columns_of(const char *clean)
{
	size_t n = 0;

	for (; *clean; clean++)
		n += (*clean & 0xc0) != 0x80;
	return n;
}

void text_right(struct strbuf *out, size_t columns, const char *clean)
{
	size_t n = text_columns_of(clean);

	strbuf_repeat(out, " ", n < columns ? columns - n : 1);
	strbuf_puts(out, clean);
}

const char *text_file_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

const char *text_input_name(const char *input)
{
	size_t n = strcspn(input, ":/"); /* C: is a drive */

	return input[n] == ':' && n > 1 ? input : text_file_of(input);
}

const char *text_file_beside(const char *path, const char *other)
{
	const char *file = text_file_of(path), *theirs = text_file_of(other);

	while (strcmp(path, other) != 0 && strcmp(file, theirs) == 0 && file > path && theirs > other) {
		do
			file--;
		while (file > path && file[-1] != '/');
		do
			theirs--;
		while (theirs > other && theirs[-1] != '/');
	}
	return file;
}

bool text_is_ascii(const char *name, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		if (name[i] < ' ' || name[i] > '~')
			return false;
	return true;
}

size_t text_cut(struct strbuf *out, const char *name, size_t n_bytes, size_t columns, enum text_cut cut)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (n_bytes <= columns && text_is_ascii(name, n_bytes)) {
		strbuf_add(out, name, n_bytes);
		return n_bytes;
	}
	text_visible(&clean, name, n_bytes, false);
	size_t n = text_columns_of(strbuf_text(&clean));
	if (n <= columns) {
		strbuf_add(out, strbuf_text(&clean), clean.n_bytes);
		return n;
	}
	size_t n_keep = columns > 2 ? columns - 2 : 0;
	size_t n_head = cut == CUT_BEGINNING ? 0 : cut == CUT_MIDDLE ? (n_keep + 1) / 2 : n_keep, i = 0;
	bool is_cut = false;
	for (const char *p = strbuf_text(&clean); *p; p++) {
		i += (*p & 0xc0) != 0x80;
		bool is_kept = i <= n_head || i > n - (n_keep - n_head);
		if (is_kept)
			strbuf_putc(out, *p);
		else if (!is_cut)
			strbuf_puts(out, "..");
		is_cut |= !is_kept;
	}
	return n_keep + 2;
}

size_t text_cut_source(struct strbuf *out, const char *name, size_t columns, bool utf8)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = strlen(name), n_mark = utf8 ? 1 : 2;

	text_visible(&clean, name, n, false);
	const char *text = strbuf_text(&clean);
	if (text_columns_of(text) <= columns || text_starts(text, clean.n_bytes, "exec:"))
		return text_cut(out, name, n, columns, CUT_END);
	for (const char *slash = strchr(text + 1, '/'); slash && slash[1]; slash = strchr(slash + 1, '/'))
		if (n_mark + text_columns_of(slash) <= columns) {
			strbuf_printf(out, "%s%s", utf8 ? "…" : "..", slash);
			return n_mark + text_columns_of(slash);
		}
	const char *file = text_file_of(text);
	return text_cut(out, file, strlen(file), columns, CUT_BEGINNING);
}

void text_wrap(struct strbuf *out, const char *clean, size_t column, size_t indent)
{
	enum { COLUMNS = 80 };
	struct strbuf word CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool begins = true;

	for (const char *end; *clean || begins; clean = *end ? end + 1 : end, begins = false) {
		end = clean + strcspn(clean, " ");
		strbuf_reset(&word);
		strbuf_add(&word, clean, (size_t)(end - clean));
		size_t n_columns = text_columns_of(strbuf_text(&word));
		if (!begins && column + 1 + n_columns > COLUMNS) {
			strbuf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!begins) {
			strbuf_putc(out, ' ');
			column++;
		}
		strbuf_puts(out, strbuf_text(&word));
		column += n_columns;
	}
}

void text_legend(struct strbuf *out, const char *clean, size_t columns)
{
	size_t column = 0;

	while (*clean) {
		size_t n = 0, n_bytes = 0;
		while (clean[n_bytes] && strncmp(clean + n_bytes, "  ", 2) != 0)
			n += (clean[n_bytes++] & 0xc0) != 0x80;
		if (column > 0 && column + 2 + n > columns)
			strbuf_putc(out, '\n');
		column = (column + 2 + n > columns ? 0 : column) + 2 + n;
		strbuf_puts(out, "  ");
		strbuf_add(out, clean, n_bytes);
		clean += n_bytes + (clean[n_bytes] ? 2 : 0);
	}
	strbuf_putc(out, '\n');
}
