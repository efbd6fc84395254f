/* Patterns become tokens. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "figures/pattern.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

static const char *const figure_names[N_FIGURES] = {
	[FIGURE_FREE] = "free",       [FIGURE_USED] = "used", [FIGURE_SIZE] = "size",   [FIGURE_LEAST] = "least",
	[FIGURE_MOST] = "most",       [FIGURE_MS] = "ms",     [FIGURE_S] = "s",         [FIGURE_POOL] = "pool",
	[FIGURE_LARGEST] = "largest", [FIGURE_TIME] = "time", [FIGURE_BLOCK] = "block",
};

const char *figure_name(enum figure figure) { return figure_names[figure]; }

/* What is compiled. */
struct compiling {
	struct figures_pattern *pattern;
	const char *p, *end; /* the rest of the text */
	size_t n_tokens;
	bool in_blocks; /* a field is */
	struct diag *diag;
};

static int refuse(struct compiling *c, const char *why) { return diag_set(c->diag, -EINVAL, "%s", why); }

static struct figures_token *add(struct compiling *c, enum token_kind kind)
{
	struct figures_token *t = &c->pattern->tokens[c->n_tokens++];

	*t = (struct figures_token){ .kind = kind };
	c->pattern->lines[c->pattern->n_lines - 1].n_tokens++;
	return t;
}

/* The token before, in the same line; NULL. */
static struct figures_token *last(const struct compiling *c)
{
	return c->pattern->lines[c->pattern->n_lines - 1].n_tokens > 0 ? &c->pattern->tokens[c->n_tokens - 1] : NULL;
}

static int begin_line(struct compiling *c)
{
	struct figures_pattern *p = c->pattern;

	if (p->n_lines > 0 && p->lines[p->n_lines - 1].n_tokens == 0)
		return refuse(c, "a line of it is empty");
	if (p->n_lines == FIGURES_LINES_MAX)
		return diag_set(c->diag, -EINVAL, "it has more than %d lines", FIGURES_LINES_MAX);
	p->lines[p->n_lines++].i_token = (uint16_t)c->n_tokens;
	return 0;
}

/* "free", "free:K", between braces. */
static int compile_field(struct compiling *c, const char *name, size_t n)
{
	const struct figures_token *before = last(c);
	const char *colon = memchr(name, ':', n);
	size_t n_name = colon ? (size_t)(colon - name) : n;
	int figure = 0;

	while (figure < N_FIGURES &&
	       !(strlen(figure_names[figure]) == n_name && memcmp(figure_names[figure], name, n_name) == 0))
		figure++;
	if (figure == N_FIGURES)
		return diag_set(c->diag, -EINVAL,
				"there is no figure {%.*s}; there are free, used, size, least, most, largest, block,"
				" pool, ms, s and time",
				(int)MIN(n, (size_t)40), name);
	if (c->pattern->known & 1u << figure)
		return diag_set(c->diag, -EINVAL, "{%s} is in it twice", figure_names[figure]);
	if (before && before->kind == TOKEN_FIELD)
		return diag_set(c->diag, -EINVAL, "nothing stands between {%s} and what is before it",
				figure_names[figure]);
	if (before && before->kind == TOKEN_ANY && figure == FIGURE_POOL)
		return refuse(c, "* before {pool} leaves open where the name begins");
	c->pattern->known |= 1u << figure;
	struct figures_token *t = add(c, TOKEN_FIELD);
	t->figure = (enum figure)figure;
	if (colon && (figure >= N_FIGURE_BYTES || !figures_unit_named(colon + 1, n - n_name - 1, t)))
		return diag_set(c->diag, -EINVAL,
				"{%.*s} has no such unit; there are B, K, KiB, M, MiB, hex, block and a number",
				(int)MIN(n, (size_t)40), name);
	c->in_blocks |= t->in_blocks;
	return 0;
}

/* "^" at the beginning of a line, "$" at its end; two of them stand for one. */
static bool compile_anchor(struct compiling *c)
{
	struct figures_line *line = &c->pattern->lines[c->pattern->n_lines - 1];
	bool twice = c->end - c->p > 1 && c->p[1] == c->p[0], ends = c->p + 1 == c->end || c->p[1] == '\n';

	if (*c->p == '^' && line->n_tokens == 0 && !twice)
		line->at_start = true;
	else if (*c->p == '$' && ends)
		line->to_end = true;
	else
		return false;
	c->p++;
	return true;
}

/* A blank, a literal or a star; at least a byte. */
static int compile_plain(struct compiling *c)
{
	static const char special[] = "{*\n^$";
	struct figures_token *before = last(c);
	bool twice = c->end - c->p > 1 && c->p[1] == c->p[0];

	if (*c->p == '*' && !twice) {
		if (before && before->kind == TOKEN_FIELD && before->figure == FIGURE_POOL)
			return refuse(c, "* behind {pool} leaves open where the name ends");
		if (!before || before->kind != TOKEN_ANY)
			add(c, TOKEN_ANY);
		c->p++;
	} else if (*c->p == ' ' || *c->p == '\t') {
		if (!before || before->kind != TOKEN_BLANK)
			add(c, TOKEN_BLANK);
		c->p++;
	} else {
		if (!before || before->kind != TOKEN_LITERAL) {
			before = add(c, TOKEN_LITERAL);
			before->text = c->p;
		}
		/* The second one of "{{" and "**" is taken out of the text. */
		char *to = c->pattern->text + (before->text - c->pattern->text) + before->n_text;
		do {
			*to++ = *c->p;
			before->n_text++;
			c->p += strchr("{*", *c->p) || (strchr("^$", *c->p) && twice) ? 2 : 1;
			twice = false;
		} while (c->p < c->end && !strchr(special, *c->p) && *c->p != ' ' && *c->p != '\t');
	}
	return 0;
}

static int compile_lines(struct compiling *c)
{
	int r = begin_line(c);

	while (r == 0 && c->p < c->end) {
		bool twice = c->end - c->p > 1 && c->p[1] == '{';
		if (*c->p == '\n') {
			c->p++;
			r = begin_line(c);
		} else if (*c->p == '{' && !twice) {
			const char *close = memchr(c->p, '}', (size_t)(c->end - c->p));
			r = close ? compile_field(c, c->p + 1, (size_t)(close - c->p - 1)) :
				    refuse(c, "a { has no }; two of them stand for one");
			c->p = close ? close + 1 : c->end;
		} else if (!compile_anchor(c)) {
			r = compile_plain(c);
		}
	}
	if (r == 0 && c->pattern->lines[c->pattern->n_lines - 1].n_tokens == 0)
		r = refuse(c, "a line of it is empty");
	if (r == 0 && c->in_blocks && !(c->pattern->known & 1u << FIGURE_BLOCK))
		r = refuse(c, "a figure is in blocks, and no {block} tells their size");
	return r;
}

/* A unit that the pattern writes behind a field: "{free} KiB". */
static void fix_units(struct figures_pattern *p)
{
	for (size_t k = 0; k < p->n_lines; k++)
		for (size_t i = 0; i < p->lines[k].n_tokens; i++) {
			struct figures_token *t = &p->tokens[p->lines[k].i_token + i];
			size_t n_left = p->lines[k].n_tokens - i - 1u;
			if (t->kind != TOKEN_FIELD || t->figure >= N_FIGURE_BYTES || t->otherwise || n_left == 0)
				continue;
			const struct figures_token *next = t + 1;
			if (next->kind == TOKEN_BLANK && n_left > 1)
				next++;
			if (next->kind == TOKEN_LITERAL)
				figures_unit_at(next->text, next->text + next->n_text, &t->unit);
		}
}

static void find_sure_texts(struct figures_pattern *p)
{
	for (size_t k = 0; k < p->n_lines; k++) {
		struct figures_line *line = &p->lines[k];
		size_t n_most = 0;
		for (size_t i = 0; i < line->n_tokens; i++) {
			const struct figures_token *t = &p->tokens[line->i_token + i];
			if (t->kind != TOKEN_LITERAL || t->n_text <= n_most)
				continue;
			n_most = t->n_text;
			text_copy(line->sure, sizeof(line->sure), t->text, t->n_text);
		}
	}
}

static void free_pattern(struct figures_pattern *p)
{
	if (!p)
		return;
	free(p->tokens);
	free(p->text);
	free(p);
}

static int compile(struct figures_pattern *p, const char *text, size_t n, struct diag *diag)
{
	static const uint32_t figures = 1u << FIGURE_FREE | 1u << FIGURE_USED | 1u << FIGURE_LARGEST |
					1u << FIGURE_LEAST;
	struct compiling c = { .pattern = p, .diag = diag };

	p->text = malloc(n + 1);
	p->tokens = calloc(n + 1, sizeof(*p->tokens)); /* a byte makes one token at most */
	if (!p->text || !p->tokens)
		return diag_set(diag, -ENOMEM, "out of memory");
	memcpy(p->text, text, n + 1);
	c.p = p->text;
	c.end = p->text + n;
	int r = compile_lines(&c);
	if (r == 0 && !(p->known & figures))
		r = refuse(&c, "it has none of {free}, {used}, {largest} and {least}");
	fix_units(p);
	find_sure_texts(p);
	return r;
}

struct figures *figures_new(void) { return calloc(1, sizeof(struct figures)); }

void figures_free(struct figures *f)
{
	for (size_t i = 0; f && i < f->n; i++)
		free_pattern(f->patterns[i]);
	free(f);
}

void figures_begin_group(struct figures *f, const char *name)
{
	f->n_groups += f->n_groups < FIGURES_GROUPS_MAX - 1;
	text_copy(f->names[f->n_groups], sizeof(f->names[0]), name, strcspn(name, ":"));
}

void figures_settle(struct figures *f, bool settles) { f->settles = settles; }

void figures_narrow(struct figures *f) { f->is_narrow = true; }
bool figures_are_narrow(const struct figures *f) { return f->is_narrow; }

int figures_add(struct figures *f, const char *text, enum pool_kind kind, struct diag *diag)
{
	size_t n = strlen(text);

	if (n > FIGURES_PATTERN_MAX_BYTES)
		return diag_set(diag, -EINVAL, "it is longer than %d bytes", FIGURES_PATTERN_MAX_BYTES);
	if (f->n == FIGURES_PATTERNS_MAX)
		return diag_set(diag, -E2BIG, "there are more than %d patterns", FIGURES_PATTERNS_MAX);
	struct figures_pattern *p = calloc(1, sizeof(*p));
	if (!p)
		return diag_set(diag, -ENOMEM, "out of memory");
	p->kind = kind;
	p->group = f->n_groups;
	p->settles = f->settles;
	int r = compile(p, text, n, diag);
	if (r < 0) {
		free_pattern(p);
		return r;
	}
	f->patterns[f->n] = p;
	figures_candidates_add(f, f->n++);
	return 0;
}
