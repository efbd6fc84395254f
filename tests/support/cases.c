#define _GNU_SOURCE /* strchrnul */
#include "cases.h"

#include <ctype.h>

#include "memprof/base/text.h"
#include "tests_dir.h"

enum { CASES_MAX = 400 };

struct test_case {
	char *title, *input, *expected;
	unsigned line; /* of the first one that is expected */
	struct strbuf got;
	bool is_answered;
};

static struct test_case cases[CASES_MAX];
static size_t n_cases;
static char name[512];
static char *comment; /* above the first case */
static case_answer *answer_of;
static bool has_steps;

/* The file, to be cut into pieces; it is not freed. */
static char *read_file(void)
{
	FILE *file = fopen(name, "rb");
	long n_bytes = -1;

	if (file && fseek(file, 0, SEEK_END) == 0)
		n_bytes = ftell(file);
	char *text = n_bytes < 0 ? NULL : calloc(1, (size_t)n_bytes + 1);
	if (!text || fseek(file, 0, SEEK_SET) != 0 || fread(text, 1, (size_t)n_bytes, file) != (size_t)n_bytes) {
		fprintf(stderr, "%s: cannot be read\n", name);
		exit(1);
	}
	fclose(file);
	return text;
}

static void read_cases(void)
{
	unsigned n_line = 0;
	struct test_case *c = NULL;

	comment = read_file();
	for (char *line = comment, *next; *line; line = next) {
		next = strchrnul(line, '\n');
		next += *next != '\0';
		n_line++;
		if (strncmp(line, "== ", 3) == 0 && n_cases < CASES_MAX) {
			c = &cases[n_cases++];
			*c = (struct test_case){ line + 3, next, next, n_line, STRBUF_INIT };
			line[0] = next[-1] = '\0';
		} else if (strncmp(line, "--\n", 3) == 0 && c && c->input == c->expected) {
			line[0] = '\0';
			c->expected = next;
			c->line = n_line + 1;
		}
	}
	if (n_cases == 0 || n_cases == CASES_MAX) {
		fprintf(stderr, "%s: no case, or too many\n", name);
		exit(1);
	}
	for (size_t i = 0; i < n_cases && !has_steps; i++)
		if (cases[i].input == cases[i].expected) { /* there is no "--" */
			cases[i].expected = strchr(cases[i].expected, '\0');
			cases[i].line++;
		}
}

static void put_as_text(struct strbuf *ret, const char *text)
{
	for (; *text; text++) {
		bool is_last_blank = *text == ' ' && (text[1] == '\n' || text[1] == '\0');
		if (*text != '\n' && (!isprint((unsigned char)*text) || is_last_blank) && (signed char)*text > 0)
			strbuf_printf(ret, "\\x%02x", (unsigned char)*text);
		else
			strbuf_printf(ret, "%c", *text);
	}
}

/* Where the two differ first. */
static void fail_at(const struct test_case *c, const char *got)
{
	const char *a = c->expected, *b = got;
	unsigned line = c->line;

	for (const char *p = a, *q = b; *p && *p == *q; p++, q++)
		if (*p == '\n') {
			line++;
			a = p + 1;
			b = q + 1;
		}
	fail_msg("%s:%u: expected '%.*s', got '%.*s'; all of it:\n%s", name, line, (int)strcspn(a, "\n"), a,
		 (int)strcspn(b, "\n"), b, got);
}

static const char indent[] = "    ", arrow[] = " -> ";
enum { LINE_BYTES_MAX = 120 };

/* Below its step; what is longer than a line goes on at a comma. */
static void put_below(struct strbuf *ret, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n"), most = LINE_BYTES_MAX - strlen(indent);
		if (n > most) {
			for (n = most; n > 0 && (text[n - 1] != ',' || text[n] != ' '); n--)
				;
			n = n ? n : strcspn(text, "\n");
		}
		strbuf_printf(ret, "\n%s%.*s", indent, (int)n, text);
		text += n;
		text += *text == '\n' || *text == ' ';
	}
}

static size_t cut_answer(char *line)
{
	char *answer = strstr(line, arrow);

	if (answer)
		*answer = '\0';
	return strlen(line);
}

static void answer_steps(char *input, struct strbuf *ret)
{
	for (char *line; (line = case_line(&input));) {
		struct strbuf came CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (strncmp(line, indent, strlen(indent)) == 0)
			continue;
		size_t n_step = cut_answer(line);
		strbuf_puts(ret, line);
		while (n_step > 0 && line[n_step - 1] == '\\') { /* it goes on in the next line */
			char *next = case_line(&input);
			assert_non_null(next);
			cut_answer(next);
			strbuf_printf(ret, "\n%s", next);
			next += strspn(next, " ");
			size_t n_next = strlen(next);
			memmove(line + n_step - 1, next, n_next + 1);
			n_step += n_next - 1;
		}
		if (line[0] != '#')
			answer_of(line, &came);
		const char *text = strbuf_text(&came), *end = strchrnul(text, '\n');
		if ((*end && end[1]) || n_step + strlen(arrow) + (size_t)(end - text) > LINE_BYTES_MAX)
			put_below(ret, text);
		else if (*text)
			strbuf_printf(ret, "%s%.*s", arrow, (int)(end - text), text);
		strbuf_puts(ret, "\n");
	}
}

static void run_one(void **state)
{
	struct test_case *c = *state;
	struct strbuf printed CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char *input = strdup(c->input);

	assert_non_null(input);
	(has_steps ? answer_steps : answer_of)(input, &printed);
	free(input);
	put_as_text(&c->got, strbuf_text(&printed));
	c->is_answered = true;
	if (c->got.n_bytes && strbuf_text(&c->got)[c->got.n_bytes - 1] != '\n')
		strbuf_puts(&c->got, "\n");
	if (!getenv("MEMPROF_BLESS") && strcmp(strbuf_text(&c->got), c->expected) != 0)
		fail_at(c, strbuf_text(&c->got));
}

static void bless(void)
{
	FILE *file = fopen(name, "wb");

	if (!file || fputs(comment, file) < 0)
		abort();
	for (size_t i = 0; i < n_cases; i++) {
		const struct test_case *c = &cases[i];
		const char *answer = c->is_answered ? strbuf_text(&c->got) : has_steps ? c->input : c->expected;
		fprintf(file, "== %s\n%s%s%s", c->title, has_steps ? "" : c->input, has_steps ? "" : "--\n", answer);
	}
	fclose(file);
}

static void end_all(void)
{
	if (getenv("MEMPROF_BLESS"))
		bless();
	for (size_t i = 0; i < n_cases; i++)
		strbuf_deinit(&cases[i].got);
	free(comment);
}

void cases_add(int line, const char *path, case_answer *answer)
{
	snprintf(name, sizeof(name), "%s/unit/%s", TESTS_DIR, path);
	answer_of = answer;
	read_cases();
	for (size_t i = 0; i < n_cases; i++)
		unit_add(line, (struct CMUnitTest){ cases[i].title, run_one, NULL, NULL, &cases[i] });
	atexit(end_all);
}

void cases_add_steps(int line, const char *path, case_answer *step)
{
	has_steps = true;
	cases_add(line, path, step);
}

char *case_line(char **input)
{
	char *line = *input + strspn(*input, "\n");

	if (!*line)
		return NULL;
	*input = strchrnul(line, '\n');
	if (**input)
		*(*input)++ = '\0';
	return line;
}

size_t case_words(char *line, char *words[], size_t max)
{
	size_t n = 0;

	memset(words, 0, max * sizeof(*words));
	for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
		bool is_quoted = *line == '"';
		if (n + 1 == max)
			fail_msg("more than %zu words: '%s'", n, line);
		words[n++] = line += is_quoted;
		line += strcspn(line, is_quoted ? "\"" : " ");
		if (*line)
			*line++ = '\0';
	}
	return n;
}

char *case_take(char *words[], const char *key)
{
	size_t n = strlen(key);

	for (; *words; words++)
		if (strncmp(*words, key, n) == 0) {
			char *value = *words + n;
			*words = value + strlen(value);
			return value;
		}
	return NULL;
}

void case_all_taken(char *words[])
{
	for (; *words; words++)
		if (**words)
			fail_msg("'%s' is not understood", *words);
}

void case_put(struct strbuf *ret, const char *key, uint64_t value)
{
	strbuf_printf(ret, "%s%s ", ret->n_bytes ? ", " : "", key);
	if (value == NOT_KNOWN)
		strbuf_puts(ret, "-");
	else
		strbuf_decimal(ret, value);
}

void case_run(const struct case_verb *verbs, char *line, struct strbuf *ret)
{
	char *rest = line + strcspn(line, " ");

	if (*rest)
		*rest++ = '\0';
	while (verbs->name && strcmp(verbs->name, line) != 0)
		verbs++;
	if (!verbs->name)
		fail_msg("'%s' is not understood", line);
	verbs->run(rest, ret);
}
