/* Names that were meant, perhaps, where a budget names what is not there. */
#include "budget/check_private.h"
#include "memprof/base/edit_distance.h"

enum {
	COMPARED_BYTES = 256, /* of a name, from its end */
	FEW = 64,             /* with at most so many names some are listed even if none is like the pattern */
};

/* In small letters, and of a pattern without what is no part of a name. */
static void simplify(char ret[COMPARED_BYTES], struct image_slice name, const char *without)
{
	size_t n = 0, begin = name.n_bytes >= COMPARED_BYTES ? name.n_bytes - (COMPARED_BYTES - 1) : 0;

	for (size_t i = begin; i < name.n_bytes; i++) {
		char c = name.text[i];
		if (!c || !strchr(without, c))
			ret[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	ret[n] = '\0';
}

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* The largest distance of names that are like the pattern. */
static size_t alike(const char *pattern) { return MAX(strlen(pattern) / 2, (size_t)2); }

static size_t edits(const char *a, const char *b)
{
	size_t n_a = strlen(a), n_b = strlen(b);
	size_t n = MAX(n_a, n_b) - MIN(n_a, n_b) > alike(a) ? SIZE_MAX : edit_distance(a, b);

	return n > EDIT_DISTANCE_MAX_BYTES ? SIZE_MAX - 1 : n;
}

/* 0: the same but for case and folders; 1: one contains the other. */
static size_t distance(const char *pattern, const char *name)
{
	const char *pattern_part = last_part(pattern), *name_part = last_part(name);

	if (strcmp(pattern_part, name_part) == 0)
		return 0;
	if (*pattern_part && strstr(name, pattern_part))
		return 1;
	size_t part = edits(pattern_part, name_part), whole = edits(pattern, name);
	return 1 + MIN(part, whole);
}

void suggestions_add(struct suggestions *s, struct image_slice name)
{
	char a[COMPARED_BYTES], b[COMPARED_BYTES];
	size_t i;

	for (i = 0; i < s->n_best; i++)
		if (strlen(s->best[i].name) == name.n_bytes && memcmp(s->best[i].name, name.text, name.n_bytes) == 0)
			return;
	s->n_names++;
	simplify(a, (struct image_slice){ s->pattern, (uint32_t)strlen(s->pattern) }, "*?[]!\\");
	simplify(b, name, "");
	size_t far = distance(a, b);
	for (i = s->n_best; i > 0 && s->best[i - 1].distance > far; i--)
		;
	if (i == SUGGESTIONS_MAX)
		return;
	s->n_best = MIN(s->n_best + 1, (size_t)SUGGESTIONS_MAX);
	memmove(&s->best[i + 1], &s->best[i], (s->n_best - i - 1) * sizeof(s->best[0]));
	s->best[i] = (struct suggestion){ arena_text(s->arena, name.text, name.n_bytes), far };
}

/* "; there are FLASH and RAM", "; did you mean gc_alloc?", or nothing. */
static void list(struct strbuf *out, const struct suggestions *s)
{
	bool all = s->n_names <= SUGGESTIONS_MAX, more = false;
	size_t n = s->n_best;

	while (!all && n > 0 && s->best[n - 1].distance > alike(s->pattern))
		n--;
	if (!all && n == 0 && s->n_names <= FEW) {
		n = s->n_best;
		all = more = true;
	}
	if (n > 0)
		strbuf_puts(out, !all ? "; did you mean " : n == 1 ? "; there is " : "; there are ");
	for (size_t i = 0; i < n; i++) {
		strbuf_puts(out, i == 0 ? "" : i + 1 < n || more ? ", " : all ? " and " : " or ");
		strbuf_printf(out, s->quoted ? "'%s'" : "%s", s->best[i].name);
	}
	strbuf_puts(out, more ? " and others" : n > 0 && !all ? "?" : "");
}

void check_cannot_find(struct check *c, struct check_row *row, const char *where, const char *noun,
		       const struct suggestions *others)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	list(&text, others);
	check_cannot(c, row, NULL, "%sno %s %s '%s'%s", where, noun,
		     check_is_glob(others->pattern) ? "matches" : "named", others->pattern, strbuf_text(&text));
}

/* ---- the largest of many ---- */

static bool is_larger(const struct check_candidate *a, const struct check_candidate *b)
{
	if (a->delta_bytes != b->delta_bytes)
		return a->delta_bytes > b->delta_bytes;
	return a->size_bytes > b->size_bytes;
}

static void rank(struct check_ranking *r, struct check_candidate candidate)
{
	size_t i = r->n;

	for (; i > 0 && is_larger(&candidate, &r->best[i - 1]); i--)
		;
	if (i == CHECK_CAUSES_MAX)
		return;
	r->n = MIN(r->n + 1, (size_t)CHECK_CAUSES_MAX);
	memmove(&r->best[i + 1], &r->best[i], (r->n - i - 1) * sizeof(r->best[0]));
	r->best[i] = candidate;
}

void check_top_add(struct check_top *top, struct check_candidate candidate)
{
	if (candidate.size_bytes && candidate.delta_bytes > 0)
		rank(&top->grown, candidate);
	candidate.delta_bytes = FIGURE_NO_DELTA;
	if (candidate.size_bytes)
		rank(&top->largest, candidate);
}
