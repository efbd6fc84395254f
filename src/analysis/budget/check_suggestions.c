/* Names that were meant, perhaps; and the largest of many. */
#include <string.h>

#include "budget/check_private.h"
#include "memprof/base/edit_distance.h"
#include "memprof/base/number.h"

enum { LOOKED_AT_BYTES = 256 }; /* of a name, from its end */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* In small letters, and of a pattern without what is no part of a name. */
static void simplify(char ret[LOOKED_AT_BYTES], const char *bytes, size_t n_bytes, bool is_pattern)
{
	size_t n = 0;

	if (n_bytes >= LOOKED_AT_BYTES) {
		bytes += n_bytes - (LOOKED_AT_BYTES - 1);
		n_bytes = LOOKED_AT_BYTES - 1;
	}
	for (size_t i = 0; i < n_bytes; i++)
		if (!is_pattern || !strchr("*?[]!\\", bytes[i]))
			ret[n++] = lower(bytes[i]);
	ret[n] = '\0';
}

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* How far names may be off that are told of many. */
static size_t alike(const char *pattern) { return MAX(strlen(pattern) / 2, (size_t)2); }

static size_t edits(const char *a, const char *b)
{
	size_t n_a = strlen(a), n_b = strlen(b);
	size_t n = MAX(n_a, n_b) - MIN(n_a, n_b) > alike(a) ? SIZE_MAX : edit_distance(a, b);

	return n > EDIT_DISTANCE_MAX_BYTES ? SIZE_MAX - 1 : n;
}

/* 0: the same but for small letters and folders; 1: the one is in the other. */
static size_t distance(const char *pattern, const char *name)
{
	const char *pattern_part = last_part(pattern), *name_part = last_part(name);

	if (strcmp(pattern_part, name_part) == 0)
		return 0;
	if (*pattern_part && strstr(name, pattern_part))
		return 1;
	size_t part = edits(pattern_part, name_part);
	bool no_folders = pattern_part == pattern && name_part == name;
	return 1 + (no_folders ? part : MIN(part, edits(pattern, name)));
}

void check_near_add(struct check_near *near, const char *name, size_t n_bytes)
{
	char a[LOOKED_AT_BYTES], b[LOOKED_AT_BYTES];
	size_t i;

	for (i = 0; i < near->n_best; i++)
		if (strlen(near->best[i].name) == n_bytes && memcmp(near->best[i].name, name, n_bytes) == 0)
			return;
	near->n_names++;
	simplify(a, near->pattern, strlen(near->pattern), true);
	simplify(b, name, n_bytes, false);
	size_t far = distance(a, b);
	for (i = near->n_best; i > 0 && near->best[i - 1].distance > far; i--)
		;
	if (i == CHECK_NEAR_MAX)
		return;
	near->n_best = MIN(near->n_best + 1, (size_t)CHECK_NEAR_MAX);
	memmove(&near->best[i + 1], &near->best[i], (near->n_best - i - 1) * sizeof(near->best[0]));
	near->best[i].name = arena_text(near->arena, name, n_bytes);
	near->best[i].distance = far;
}

const char *check_nearest(const struct check_near *near)
{
	return near->n_best && near->best[0].distance <= alike(near->pattern) ? near->best[0].name : NULL;
}

/* "A, B and C". */
static void list(struct strbuf *out, const struct check_near *near, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_printf(out, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", near->best[i].name);
}

void check_cannot_but(struct check *c, struct check_row *row)
{
	check_cannot(c, row, "'except' leaves out all that %s '%s'",
		     check_is_glob(row->entry->pattern) ? "fits" : "is called", row->entry->pattern);
}

void check_cannot_find(struct check *c, struct check_row *row, const char *noun, const struct check_near *near)
{
	struct strbuf others CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = near->n_best;

	if (near->left_out) {
		check_cannot_but(c, row);
		return;
	}
	if (near->n_names > CHECK_NEAR_MAX)
		while (n > 0 && near->best[n - 1].distance > alike(near->pattern))
			n--;
	if (n > 0)
		strbuf_printf(&others, "; %s %s ", near->n_names > CHECK_NEAR_MAX ? "the nearest" : "there",
			      n == 1 ? "is" : "are");
	list(&others, near, n);
	check_cannot(c, row, "no %s %s '%s'%s", noun, check_is_glob(near->pattern) ? "fits" : "is called",
		     near->pattern, strbuf_text(&others));
}

/* ---- the largest of many ---- */

static bool is_larger(const struct check_candidate *a, const struct check_candidate *b)
{
	if (a->delta_bytes != b->delta_bytes)
		return a->delta_bytes > b->delta_bytes;
	return a->size_bytes > b->size_bytes;
}

void check_top_add(struct check_top *top, struct check_candidate candidate)
{
	size_t i = top->n;

	for (; i > 0 && is_larger(&candidate, &top->best[i - 1]); i--)
		;
	if (i == CHECK_CAUSES_MAX)
		return;
	top->n = MIN(top->n + 1, (size_t)CHECK_CAUSES_MAX);
	memmove(&top->best[i + 1], &top->best[i], (top->n - i - 1) * sizeof(top->best[0]));
	top->best[i] = candidate;
}
