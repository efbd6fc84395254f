#include "shared/number_words.h"

#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"

#define THIN_SPACE "\xe2\x80\x89"
#define NARROW     "\xe2\x80\xaf" /* the same, but no line breaks there (page.js) */
#define MINUS      "\xe2\x88\x92"

enum { GROUPED_LEAST = 10000 };

static enum size_style sizes_of(const struct text_style *style) { return style ? style->sizes : SIZES_USUAL; }

static bool is_utf8(const struct text_style *style) { return style && style->utf8; }

/* Not by printf, which would take most of the time of a table of thousands of rows. */
static struct number_words digits(const char *sign, uint64_t n, const char *unit, const struct text_style *style)
{
	bool grouped = is_utf8(style) && sizes_of(style) != SIZES_EXACT && n >= GROUPED_LEAST;
	const char *between = style && style->is_page ? NARROW : THIN_SPACE;
	size_t n_between = grouped ? strlen(between) : 0, n_sign = strlen(sign), n_unit = strlen(unit), n_digits = 0;
	char amount[48], *end = amount + sizeof(amount), *p = end;
	struct number_words ret;

	do {
		if (n_digits > 0 && n_digits % 3 == 0) {
			p -= n_between;
			memcpy(p, between, n_between);
		}
		*--p = (char)('0' + n % 10);
		n /= 10;
		n_digits++;
	} while (n);
	memcpy(ret.text, sign, n_sign);
	memcpy(ret.text + n_sign, p, (size_t)(end - p));
	memcpy(ret.text + n_sign + (size_t)(end - p), unit, n_unit + 1);
	return ret;
}

static struct number_words human(const char *sign, uint64_t n_bytes)
{
	char text[NUMBER_HUMAN_BYTES];
	struct number_words ret;

	snprintf(ret.text, sizeof(ret.text), "%s%s", sign, number_human(n_bytes, text));
	return ret;
}

static struct number_words size(const char *sign, uint64_t n_bytes, const char *unit, const struct text_style *style)
{
	return sizes_of(style) == SIZES_HUMAN ? human(sign, n_bytes) : digits(sign, n_bytes, unit, style);
}

static uint64_t amount_of(int64_t n) { return n < 0 ? 0 - (uint64_t)n : (uint64_t)n; }

const char *sign_words(bool negative, const struct text_style *style)
{
	bool real = is_utf8(style) && (sizes_of(style) != SIZES_EXACT || style->is_page);

	return !negative ? "+" : real ? MINUS : "-";
}

static const char *sign_of(int64_t n, const struct text_style *style) { return n ? sign_words(n < 0, style) : ""; }

struct number_words count_words(uint64_t n, const struct text_style *style) { return digits("", n, "", style); }

struct number_words figure_words(uint64_t n_bytes, const struct text_style *style)
{
	return size("", n_bytes, "", style);
}

struct number_words balance_words(int64_t n_bytes, const struct text_style *style)
{
	return size(n_bytes < 0 ? sign_of(n_bytes, style) : "", amount_of(n_bytes), "", style);
}

struct number_words change_words(int64_t n_bytes, const struct text_style *style)
{
	return size(sign_of(n_bytes, style), amount_of(n_bytes), "", style);
}

struct number_words count_change_words(int64_t n, const struct text_style *style)
{
	return digits(sign_of(n, style), amount_of(n), "", style);
}

struct number_words exact_words(uint64_t n_bytes, const struct text_style *style)
{
	return size("", n_bytes, " B", style);
}

struct number_words exact_change_words(int64_t n_bytes, const struct text_style *style)
{
	return size(sign_of(n_bytes, style), amount_of(n_bytes), " B", style);
}

struct number_words human_words(uint64_t n_bytes, const struct text_style *style)
{
	return sizes_of(style) == SIZES_EXACT ? digits("", n_bytes, " B", style) : human("", n_bytes);
}

struct number_words human_change_words(int64_t n, const struct text_style *style)
{
	const char *sign = sign_of(n, style);

	return sizes_of(style) == SIZES_EXACT ? digits(sign, amount_of(n), " B", style) : human(sign, amount_of(n));
}
