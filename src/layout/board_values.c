#include "board_values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/layout/board_file.h"

static int check_text(const struct json_value *value, size_t n_max_chars, const char **ret, struct diag *diag)
{
	const char *text;
	size_t n_chars = 0;
	int r = json_value_text(value, &text, diag);

	if (r < 0)
		return r;
	for (const char *p = text; *p; p++)
		n_chars += (*p & 0xc0) != 0x80;
	if (n_chars == 0 || n_chars > n_max_chars || !text_is_visible(text, strlen(text)))
		return diag_at(diag, json_value_place(value), -EINVAL,
			       "'%.20s' must be 1 to %zu printable"
			       " characters; found %zu",
			       json_value_name(value), n_max_chars, n_chars);
	*ret = text;
	return 0;
}

int board_text(const struct json_value *object, const char *name, size_t n_max_chars, const char **ret,
	       struct diag *diag)
{
	const struct json_value *value;
	int r = json_value_require(object, name, &value, diag);

	return r < 0 ? r : check_text(value, n_max_chars, ret, diag);
}

int board_text_if_there(const struct json_value *object, const char *name, const char **ret, struct diag *diag)
{
	const struct json_value *value = json_value_member(object, name);

	return value ? check_text(value, BOARD_FILE_TEXT_MAX_CHARS, ret, diag) : 0;
}

int board_word(const struct json_value *object, const char *name, const char *const words[], size_t n_words,
	       size_t *ret, struct diag *diag)
{
	const struct json_value *value;
	char all[160] = "";
	const char *text;
	int r = json_value_require(object, name, &value, diag);

	if (r == 0)
		r = json_value_text(value, &text, diag);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_words; i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret = i;
			return 0;
		}
		size_t n = strlen(all);
		snprintf(all + n, sizeof(all) - n, "%s%s", i == 0 ? "" : i + 1 < n_words ? ", " : " or ", words[i]);
	}
	return diag_at(diag, json_value_place(value), -EINVAL, "no %.20s '%.20s'; expected %s", name, text, all);
}

/* Lower-case words of letters and digits, joined by '-'. */
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

int board_name(const struct json_value *root, const char **ret, struct diag *diag)
{
	const char *name;
	int r = board_text(root, "name", BOARD_FILE_NAME_MAX_CHARS, &name, diag);

	if (r < 0)
		return r;
	if (!is_name(name))
		return diag_at(diag, json_value_place(json_value_member(root, "name")), -EINVAL,
			       "'%.40s' is no"
			       " name of a board; use lower-case words of letters and digits, joined by '-'",
			       name);
	*ret = name;
	return 0;
}

static bool is_hex(const char *text, uint64_t *ret)
{
	const char *end = text + strlen(text);

	return strncmp(text, "0x", 2) == 0 && !text[strcspn(text, "ABCDEF")] && end > text + 2 &&
	       number_scan_hex(text + 2, end, ret) == end;
}

int board_address(const struct json_value *value, uint64_t *ret, struct diag *diag)
{
	const char *text;
	int r = json_value_text(value, &text, diag);

	if (r < 0 || is_hex(text, ret))
		return r;
	return diag_at(diag, json_value_place(value), -EINVAL,
		       "'%.20s' must be an address in lower-case"
		       " hexadecimal, as \"0x20000000\"; found '%.24s'",
		       json_value_name(value), text);
}

int board_size(const struct json_value *value, uint64_t *ret, struct diag *diag)
{
	const char *text;
	int r;

	if (json_value_kind(value) == JSON_NUMBER)
		return json_value_u64(value, ret, diag);
	r = json_value_text(value, &text, diag);
	if (r < 0 || is_hex(text, ret))
		return r;
	size_t n = strspn(text, "0123456789.");
	n += text[n] == 'K' || text[n] == 'M';
	if (!text[n] && number_parse_size(text, ret) == 0)
		return 0;
	return diag_at(diag, json_value_place(value), -EINVAL,
		       "'%.20s' must be a whole number of bytes, as"
		       " 4096, \"192K\", \"1.5M\" or \"0x1000\"; found '%.24s'",
		       json_value_name(value), text);
}

int board_extent(const struct json_value *object, uint64_t *ret, struct diag *diag)
{
	const struct json_value *value;
	uint64_t size_bytes;
	int r = json_value_require(object, "size", &value, diag);

	if (r == 0)
		r = board_size(value, &size_bytes, diag);
	if (r < 0)
		return r;
	if (size_bytes == 0)
		return diag_at(diag, json_value_place(value), -EINVAL, "'size' must not be 0");
	*ret = size_bytes;
	return 0;
}

int board_range(const struct json_value *object, uint64_t *ret_start, uint64_t *ret_size_bytes, struct diag *diag)
{
	const struct json_value *start;
	uint64_t at, size_bytes;
	int r = json_value_require(object, "start", &start, diag);

	if (r == 0)
		r = board_address(start, &at, diag);
	if (r == 0)
		r = board_extent(object, &size_bytes, diag);
	if (r < 0)
		return r;
	if (size_bytes > NOT_KNOWN - at)
		return diag_at(diag, json_value_place(start), -EINVAL,
			       "0x%" PRIx64 " and %" PRIu64
			       " bytes go"
			       " beyond what 64 bits hold",
			       at, size_bytes);
	*ret_start = at;
	*ret_size_bytes = size_bytes;
	return 0;
}

int board_array(const struct json_value *object, const char *name, size_t n_min, size_t n_max,
		const struct json_value **ret, struct diag *diag)
{
	const struct json_value *array;
	int r = json_value_require(object, name, &array, diag);

	if (r == 0)
		r = json_value_expect(array, JSON_ARRAY, diag);
	if (r < 0)
		return r;
	size_t n = json_value_count(array);
	if (n < n_min || n > n_max)
		return diag_at(diag, json_value_place(array), -EINVAL,
			       "'%s' must have %zu to %zu items; found"
			       " %zu",
			       name, n_min, n_max, n);
	*ret = array;
	return 0;
}

int board_no_memory(struct diag *diag) { return diag_set(diag, -ENOMEM, "out of memory"); }
