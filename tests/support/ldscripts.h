/* Linker scripts as rows of tests: a script, and what it must come to. */
#pragma once

#include "cases.h"
#include "memprof/image/ldscript.h"

/* Fails the test if the script is not taken. */
static inline void read_script(const char *script, const struct ldscript_options *options, struct ldscript *ret)
{
	struct ldscript_text text = { .name = "t.ld", .bytes = script, .n_bytes = strlen(script) };
	struct diag diag = { .text = "" };

	if (ldscript_read(ret, &text, 1, options, &diag) != 0)
		fail_msg("%s\n  %s:%u:%u: %s", script, diag.at.file ? diag.at.file : "", (unsigned)diag.at.line,
			 diag.at.col, diag.text);
}

/* By its name, or NULL. */
static inline const struct ldscript_region *ldscript_region(const struct ldscript *s, const char *name)
{
	for (size_t i = 0; i < s->n_regions; i++)
		if (strcmp(s->regions[i].name, name) == 0)
			return &s->regions[i];
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

static inline void put_value(struct strbuf *ret, const char *sign, const struct ldscript_value *value)
{
	assert_true(value->known == !*value->why && (value->known || value->value == 0));
	strbuf_printf(ret,
		      !value->known       ? "%s-" :
		      value->value < 4096 ? "%s%llu" :
					    "%s0x%llx",
		      sign, (unsigned long long)value->value);
}

/* What is read, as words: symbols that are assigned, regions, sections; then notes. */
static inline void put_script(struct strbuf *ret, const struct ldscript *s)
{
	for (size_t i = 0; i < s->n_symbols; i++) {
		if (!s->symbols[i].assigned)
			continue;
		strbuf_printf(ret, "%s%s", ret->n_bytes ? " " : "", names_text(&s->symbol_names, (uint32_t)i));
		put_value(ret, "=", &s->symbols[i].value);
	}
	for (size_t i = 0; i < s->n_regions; i++) {
		const struct ldscript_region *r = &s->regions[i];
		strbuf_printf(ret, "%s%s", ret->n_bytes ? " " : "", r->name);
		put_value(ret, "@", &r->origin);
		put_value(ret, "+", &r->length);
		if (*r->attributes)
			strbuf_printf(ret, "(%s)", r->attributes);
	}
	for (size_t i = 0; i < s->n_sections; i++)
		strbuf_printf(ret, "%s%s%s%s",
			      i            ? ", " :
			      ret->n_bytes ? " " :
					     "",
			      s->sections[i].name, *s->sections[i].type ? " " : "", s->sections[i].type);
	assert_u64_equal(s->n_notes_all, s->n_notes);
	for (size_t i = 0; i < s->n_notes; i++)
		strbuf_printf(ret, "%snote %u:%u: %s", ret->n_bytes ? ", " : "", (unsigned)s->notes[i].at.line,
			      s->notes[i].at.col, s->notes[i].text);
}

/* In which "\n", "\t" and "\r" are those, and "\x20" is a blank at its end. */
static inline void unescape(char *text)
{
	char *to = text;

	for (char *p = text; *p; p++) {
		const char *found = *p == '\\' ? strchr("n\nt\tr\r", p[1]) : NULL;
		bool is_blank = strncmp(p, "\\x20", 4) == 0;
		*to++ = found ? found[1] : is_blank ? ' ' : *p;
		p += is_blank ? 3 : found ? 1 : 0;
	}
	*to = '\0';
}

/* What a script comes to, or where it is refused and why. */
static inline void answer_script(char *script, const struct ldscript_options *options, struct strbuf *ret)
{
	struct diag diag = { .text = "" };
	struct ldscript s;

	unescape(script);
	struct ldscript_text text = { .name = "t.ld", .bytes = script, .n_bytes = strlen(script) };
	int r = ldscript_read(&s, &text, 1, options, &diag);
	if (r == 0)
		put_script(ret, &s);
	else
		strbuf_printf(ret, "%s%u:%u: %s", r == -EINVAL ? "" : "not -EINVAL: ", (unsigned)diag.at.line,
			      diag.at.col, diag.text);
	ldscript_deinit(&s);
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
