/* What a check says of one row. Names in it are untrusted, and cut to what a line can bear. */
#pragma once

#include "memprof/viewers/check_view.h"
#include "memprof/viewers/document.h"

/* ---- names ---- */

/* What the limit is about, whatever fits the pattern: "region FLASH used", "heap gc largest_free at mark:after boot".
 */
void check_subject(struct strbuf *out, const struct check_row *row);
/* The same with the name of the entry, as servers follow it from run to run: "flash: region FLASH used". */
void check_title(struct strbuf *out, const struct check_row *row);
/* As its title, with the one that is meant of several that fit: "flash: object build/main.o size". */
void check_what(struct strbuf *out, const struct check_row *row);
/* As in the file: "flash: FLASH.used", "object build/main.o.size". */
void check_name(struct strbuf *out, const struct check_row *row);
/* The file that a row is of; never NULL. */
const char *check_file(const struct check *check, const struct check_row *row);
/* Somebody else's sentence, cut. */
void check_sentence(struct strbuf *out, const char *text);

/* ---- figures and sentences: each is put behind what the block has; nothing where it is not known ---- */

void check_put_value(struct document *d, struct doc_block *ret, const struct check_row *row); /* "+7436 B (1 → 7437)" */
void check_put_limit(struct document *d, struct doc_block *ret,
		     const struct check_row *row); /* "at most 943718 B (90%)" */
void check_put_margin(struct document *d, struct doc_block *ret, const struct check_row *row); /* "-1300 B" */
/* "312 B left (1.3 %)" */
void check_put_left(struct document *d, struct doc_block *ret, const struct check_row *row);
/* Value against limit, of a row that was judged: "339220 > 337920 B (+1300)", "at 98.6 % of 24000 B" */
void check_put_figures(struct document *d, struct doc_block *ret, const struct check_row *row);
/* "modtls.o +4112, main.o 120 B" */
void check_put_causes(struct document *d, struct doc_block *ret, const struct check_row *row);
/* What it is, when that was, and what else breaks the limit: "object a.o size (dump 3), and 2 more: b.o 120 B, c.o 90
 * B" */
void check_put_what(struct document *d, struct doc_block *ret, const struct check_row *row);
/* All in one line: "FLASH.used 339220 > 337920 B (+1300): modtls.o +4112"; or why it was not judged. */
void check_put_row(struct document *d, struct doc_block *ret, const struct check_row *row);

/* How many others break the same limit, that are known by name. */
size_t check_n_others(const struct check_row *row);
/* The part of the limit that is used up, 0 to 1: value of limit, or limit of value where a minimum is asked for. NAN
 * where that says nothing. */
double check_used_part(const struct check_row *row);

/* ---- all of them: check.c ---- */

/* Why the run failed, whatever the limits say: a sentence; nothing if it did not. */
void check_trouble(struct strbuf *out, const struct check_view *view);
