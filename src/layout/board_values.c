#include "board_values.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

void board_expect_members(struct board_reader *in, const struct json_value *object, const char *const allowed[])
{
	if (!in->error)
		in->error = json_value_expect_members(object, allowed, in->diag);
}

const struct json_value *board_require(struct board_reader *in, const struct json_value *object, const char *name)
{
	const struct json_value *value = NULL;

	if (!in->error)
		in->error = json_value_require(object, name, &value, in->diag);
	return value;
}

/* ---- texts ---- */

static const char *any_text(struct board_reader *in, const struct json_value *value)
{
	const char *text = "";

	if (!in->error)
		in->error = json_value_text(value, &text, in->diag);
	return text;
}

static const char *printable_text(struct board_reader *in, const struct json_value *value, size_t n_max_chars)
{
	const char *text = any_text(in, value);
	size_t n_chars = 0;

	for (const char *p = text; *p; p++)
		n_chars += (*p & 0xc0) != 0x80;
	if (!in->error && (n_chars == 0 || n_chars > n_max_chars || !text_is_visible(text, strlen(text))))
		board_refuse(in, json_value_place(value), "'%.20s' must be 1 to %zu printable characters; found %zu",
			     json_value_name(value), n_max_chars, n_chars);
	return text;
}

const char *board_text(struct board_reader *in, const struct json_value *object, const char *name, size_t n_max_chars)
{
	return printable_text(in, board_require(in, object, name), n_max_chars);
}

const char *board_optional_text(struct board_reader *in, const struct json_value *object, const char *name)
{
	const struct json_value *value = in->error ? NULL : json_value_member(object, name);

	return value ? printable_text(in, value, BOARD_FILE_TEXT_MAX_CHARS) : NULL;
}

size_t board_word(struct board_reader *in, const struct json_value *object, const char *name, const char *const words[],
		  size_t n_words)
{
	const struct json_value *value = board_require(in, object, name);
	const char *text = any_text(in, value);
	char all[160] = "";

	for (size_t i = 0; !in->error && i < n_words; i++) {
		if (strcmp(text, words[i]) == 0)
			return i;
		size_t n = strlen(all);
		snprintf(all + n, sizeof(all) - n, "%s%s", i == 0 ? "" : i + 1 < n_words ? ", " : " or ", words[i]);
	}
	board_refuse(in, json_value_place(value), "no %.20s '%.20s'; expected %s", name, text, all);
	return 0;
}

static bool is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (;;) {
		size_t n = strspn(text, letters);
		if (n == 0 || (text[n] && text[n] != '-'))
			return false;
		if (!text[n])
			return true;
		text += n + 1;
	}
}

const char *board_name(struct board_reader *in, const struct json_value *root)
{
	const char *name = board_text(in, root, "name", BOARD_FILE_NAME_MAX_CHARS);

	if (!in->error && !is_name(name))
		board_refuse(in, json_value_place(json_value_member(root, "name")),
			     "'%.40s' is no name of a board; use lower-case words of letters and digits, joined by '-'",
			     name);
	return name;
}

/* ---- numbers ---- */

static bool is_hex(const char *text, uint64_t *ret)
{
	const char *end = text + strlen(text);

	return strncmp(text, "0x", 2) == 0 && !text[strcspn(text, "ABCDEF")] && end > text + 2 &&
	       number_scan_hex(text + 2, end, ret) == end;
}

uint64_t board_address(struct board_reader *in, const struct json_value *value)
{
	const char *text = any_text(in, value);
	uint64_t address = 0;

	if (!in->error && !is_hex(text, &address))
		board_refuse(in, json_value_place(value),
			     "'%.20s' must be an address in lower-case hexadecimal, as \"0x20000000\"; found '%.24s'",
			     json_value_name(value), text);
	return address;
}

uint64_t board_size(struct board_reader *in, const struct json_value *value)
{
	uint64_t size_bytes = 0;

	if (!in->error && json_value_kind(value) == JSON_NUMBER) {
		in->error = json_value_u64(value, &size_bytes, in->diag);
		return size_bytes;
	}
	const char *text = any_text(in, value);
	size_t n = strspn(text, "0123456789.");
	n += text[n] == 'K' || text[n] == 'M';
	if (!in->error && !is_hex(text, &size_bytes) && (text[n] || number_parse_size(text, &size_bytes) < 0))
		board_refuse(in, json_value_place(value),
			     "'%.20s' must be a whole number of bytes, as 4096, \"192K\", \"1.5M\" or \"0x1000\";"
			     " found '%.24s'",
			     json_value_name(value), text);
	return size_bytes;
}

uint64_t board_extent(struct board_reader *in, const struct json_value *object)
{
	const struct json_value *value = board_require(in, object, "size");
	uint64_t size_bytes = board_size(in, value);

	if (!in->error && size_bytes == 0)
		board_refuse(in, json_value_place(value), "'size' must not be 0");
	return size_bytes;
}

void board_range(struct board_reader *in, const struct json_value *object, uint64_t *ret_start,
		 uint64_t *ret_size_bytes)
{
	const struct json_value *start = board_require(in, object, "start");

	*ret_start = board_address(in, start);
	*ret_size_bytes = board_extent(in, object);
	if (!in->error && *ret_size_bytes > NOT_KNOWN - *ret_start)
		board_refuse(in, json_value_place(start), "0x%" PRIx64 " and %" PRIu64 " bytes do not fit into 64 bits",
			     *ret_start, *ret_size_bytes);
}

void board_list(struct board_reader *in, const struct json_value *object, const char *name, size_t n_max,
		void (*read_item)(struct board_reader *in, const struct json_value *item))
{
	const struct json_value *array = board_require(in, object, name);

	if (!in->error)
		in->error = json_value_expect(array, JSON_ARRAY, in->diag);
	if (in->error)
		return;
	size_t n = json_value_count(array);
	if (n < 1 || n > n_max)
		board_refuse(in, json_value_place(array), "'%s' must have 1 to %zu items; found %zu", name, n_max, n);
	for (const struct json_value *v = json_value_first(array); v && !in->error; v = json_value_next(v))
		read_item(in, v);
}
