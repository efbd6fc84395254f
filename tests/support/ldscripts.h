/* Linker scripts as rows of tests: a script, and what it must come to. */
#ifndef TESTS_LDSCRIPTS_H
#define TESTS_LDSCRIPTS_H

#include "memprof/image/ldscript.h"
#include "unit.h"

/* Fails the test if the script is not taken. */
static inline void read_script(const char *script, const struct ldscript_options *options, struct ldscript *ret)
{
	struct ldscript_text text = { .name = "t.ld", .bytes = script, .n_bytes = strlen(script) };
	struct diag diag = { .text = "" };

	if (ldscript_read(ret, &text, 1, options, &diag) != 0)
		fail_msg("%s\n  %s:%u:%u: %s", script, diag.at.file ? diag.at.file : "", (unsigned)diag.at.line,
			 diag.at.col, diag.text);
}

/* By its name or an alias; or NULL. */
static inline const struct ldscript_region *ldscript_region(const struct ldscript *s, const char *name)
{
	for (size_t i = 0; i < s->n_regions; i++)
		if (strcmp(s->regions[i].name, name) == 0)
			return &s->regions[i];
	for (size_t i = 0; i < s->n_aliases; i++)
		if (strcmp(s->aliases[i].name, name) == 0 && s->aliases[i].region != LDSCRIPT_NONE)
			return &s->regions[s->aliases[i].region];
	return NULL;
}

/* expected: "x=0x5 y=- FLASH@0x0+0x400": symbols and regions, '-' is not known. */
static inline void assert_comes_to(const struct ldscript *s, const char *script, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf words = STRBUF_INIT;

	strbuf_puts(&words, expected);
	for (char *word = strtok(words.text, " "); word; word = strtok(NULL, " ")) {
		char *sign = strpbrk(word, "=@"), *plus;
		assert_non_null(sign);
		bool is_region = *sign == '@';
		*sign++ = '\0';
		struct ldscript_value found[2] = { { 0 } };
		if (is_region) {
			const struct ldscript_region *r = ldscript_region(s, word);
			if (!r)
				fail_msg("%s\n  no region %s", script, word);
			found[0] = r->origin;
			found[1] = r->length;
		} else {
			const struct ldscript_symbol *symbol = ldscript_symbol(s, word);
			if (!symbol)
				fail_msg("%s\n  no symbol %s", script, word);
			found[0] = symbol->value;
		}
		for (int i = 0; i < 1 + is_region; i++, sign = plus) {
			bool known = *sign != '-';
			uint64_t value = strtoull(sign, &plus, 0);
			plus = known ? plus : sign + 1;
			plus += *plus == '+';
			if (found[i].known != known || found[i].value != value || known != !*found[i].why)
				fail_msg("%s\n  %s is %s0x%llx %s, not %s", script, word,
					 found[i].known ? "" : "unknown ", (unsigned long long)found[i].value,
					 found[i].why, sign);
		}
	}
}

static inline void check_script(const char *script, const char *expected)
{
	struct ldscript s;

	read_script(script, NULL, &s);
	assert_comes_to(&s, script, expected);
	ldscript_deinit(&s);
}

/* The script is refused at this place, and the message has this part. */
static inline void check_refused(const char *script, const struct ldscript_options *options, int error, uint64_t line,
				 uint32_t col, const char *part)
{
	struct ldscript_text text = { .name = "t.ld", .bytes = script, .n_bytes = strlen(script) };
	struct diag diag = { .text = "" };
	struct ldscript s;
	int r = ldscript_read(&s, &text, 1, options, &diag);

	if (r != error || diag.at.line != line || diag.at.col != col || !strstr(diag.text, part))
		fail_msg("%.200s\n  %d at %u:%u: %s\n  expected %d at %u:%u: %s", script, r, (unsigned)diag.at.line,
			 diag.at.col, diag.text, error, (unsigned)line, col, part);
	ldscript_deinit(&s);
	ldscript_deinit(&s);
}

#endif
