/* What the files that read statements share. */
#ifndef MEMPROF_LDSCRIPT_PARSE_H
#define MEMPROF_LDSCRIPT_PARSE_H

#include "ldscript/parts.h"

enum ld_where { LD_AT_TOP, LD_IN_SECTIONS, LD_IN_SECTION };

/* A word without quotes. */
bool ld_is(const struct ld_token *word, const char *name);
bool ld_is_one_of(const struct ld_token *word, const char *const *names, size_t n_names);
char ld_next_char(const struct ld_text *t);                          /* NUL at the end */
const char *ld_kept(struct ld_text *t, const struct ld_token *word); /* in the arena */
int ld_expected(struct ld_text *t, const char *what);                /* -EINVAL: "expected …, here is …" */
/* A word that must be there, taken. what: for the message. */
int ld_need_word(struct ld_text *t, const char *what, struct ld_token *ret);
/* INCLUDE, which is taken: what is included must be whole statements of the place where it is, which parse reads. */
int ld_include_here(struct ld_text *t, int (*parse)(struct ld_text *t));
struct ld_step *ld_add_step(struct ld_work *w, enum ld_step_kind kind); /* NULL: no memory */
int ld_braces(struct ld_text *t, const char *keyword, int (*inside)(struct ld_text *t));

/* Up to a closing brace, or the end of the text. */
int ld_statements(struct ld_text *t, enum ld_where where);
int ld_regions(struct ld_text *t);
/* Their first words are taken. */
int ld_alias(struct ld_text *t);
int ld_section(struct ld_text *t, const struct ld_token *name);
int ld_overlay(struct ld_text *t);

#endif
