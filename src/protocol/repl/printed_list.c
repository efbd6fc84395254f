#include "repl/printed_list.h"

#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

bool printed_skip(struct printed_list *s, const char *word)
{
	size_t n = strlen(word);

	if (!text_starts(s->p, (size_t)(s->end - s->p), word))
		return false;
	s->p += n;
	return true;
}

bool printed_number(struct printed_list *s, uint64_t *ret)
{
	const char *after = number_scan(s->p, s->end, ret);

	if (after)
		s->p = after;
	return after != NULL;
}

bool printed_count(struct printed_list *s, uint64_t *ret)
{
	*ret = NOT_KNOWN;
	return printed_skip(s, "-1") || printed_number(s, ret);
}

/* The digits of \xNN, \uNNNN, \UNNNNNNNN, as uni_print_quoted writes them (py/objstrunicode.c); or -1. */
static int32_t read_hex(struct printed_list *s, unsigned n_digits)
{
	uint64_t code;

	if ((size_t)(s->end - s->p) < n_digits || number_scan_hex(s->p, s->p + n_digits, &code) != s->p + n_digits ||
	    code > 0x10ffff)
		return -1;
	s->p += n_digits;
	return (int32_t)code;
}

/* One character of a quoted text, as 1..4 bytes; 0 if it is invalid. */
static size_t read_character(struct printed_list *s, char ret[4])
{
	static const char letters[] = "\\'\"nrt", means[] = "\\'\"\n\r\t";

	if (s->p == s->end || (unsigned char)*s->p < ' ')
		return 0;
	if (*s->p != '\\') {
		ret[0] = *s->p++;
		return 1;
	}
	if (s->end - s->p < 2)
		return 0;
	char kind = s->p[1];
	const char *letter = kind ? strchr(letters, kind) : NULL;
	s->p += 2;
	if (letter) {
		ret[0] = means[letter - letters];
		return 1;
	}
	unsigned n_digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
	int32_t code = n_digits ? read_hex(s, n_digits) : -1;
	if (code < 0 || (code >= 0xd800 && code < 0xe000))
		return 0;
	return text_put_utf8((uint32_t)code, ret);
}

bool printed_text(struct printed_list *s, char *ret, size_t n_ret)
{
	size_t n = 0;
	bool full = false;

	if (s->p == s->end || (*s->p != '\'' && *s->p != '"'))
		return false;
	char quote = *s->p++, bytes[4];
	while (s->p < s->end && *s->p != quote) {
		size_t n_bytes = read_character(s, bytes);
		if (n_bytes == 0)
			return false;
		full |= n + n_bytes >= n_ret;
		if (!full) {
			memcpy(ret + n, bytes, n_bytes);
			n += n_bytes;
		}
	}
	ret[n] = '\0';
	return s->p < s->end && *s->p++ == quote;
}

bool printed_end(struct printed_list *s)
{
	if (!printed_skip(s, "]"))
		return false;
	while (printed_skip(s, "\r")) /* of the board, and of a terminal in between */
		;
	return printed_skip(s, "\n");
}
