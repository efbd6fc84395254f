/* What all views of a check say in the same words. Texts are raw: there are untrusted names in them,
 * and whoever writes them makes all of it safe at once. Names are cut to what a line can bear. */
#pragma once

#include "memprof/viewers/check_view.h"
#include "shared/number_words.h"

/* Numbers are written as number_words.h has it for a style, or for none where there is no such parameter. */

/* "339220 B", "0.42", "2 times", "812 B/h", "+7436 B (331784 -> 339220)"; nothing if it is not
 * known. */
void check_words_value(struct strbuf *out, const struct check_row *row);
/* "at most 337920 B"; where the file has a percent: "at most 943718 B (90%)"; of one that nothing can break: "at most
 * 2097152 B, more than the 1048576 B there are" */
void check_words_limit(struct strbuf *out, const struct check_row *row);
/* "6136 B", "-1300 B" */
void check_words_margin(struct strbuf *out, const struct check_row *row);
/* Value against limit, of a row with a limit that was judged: "339220 > 337920 B (+1300)", "at 98.6 %
 * of 24000 B", "331784 <= 337920 B, 6136 B left (1.8 %)" */
void check_words_figures(struct strbuf *out, const struct check_row *row, const struct text_style *style);
/* The name of a row in parts: "flash: object build/main.o", and its figure ".size". Of several things that fit its
 * pattern it is the one that is meant. */
struct check_name {
	const char *entry;   /* as the user calls it; NULL */
	const char *subject; /* where the pattern is a glob; NULL */
	const char *thing;   /* "build/main.o", "FLASH" */
};
struct check_name check_words_name_of(const struct check_row *row);
void check_words_figure(struct strbuf *out, const struct check_row *row);
void check_words_name(struct strbuf *out, const struct check_row *row);
/* What the limit is about, whatever fits the pattern: "region FLASH used", "heap gc largest_free at mark:after boot".
 */
void check_words_subject(struct strbuf *out, const struct check_row *row);
/* The same with the name of the entry, as servers follow it from run to run: "flash: region FLASH used". */
void check_words_title(struct strbuf *out, const struct check_row *row);
/* What stands between a name and its figures: ": " where the name is several words. */
const char *check_words_between(const struct check_row *row);
/* "modtls.o +4112", "modtls.o 10032 B" */
void check_words_cause(struct strbuf *out, const struct figure_part *cause, const struct text_style *style);
/* "dump 3, line 1204"; nothing if nobody said. */
void check_words_moment(struct strbuf *out, const struct check_row *row);
/* What breaks the same limit besides: "2 more: libnet.a +50, libc.a +20"; nothing if it is alone. How many of
 * these are known, how that begins, and one of them: "libnet.a +50". */
size_t check_words_n_others(const struct check_row *row);
void check_words_more(struct strbuf *out, const struct check_row *row);
void check_words_other(struct strbuf *out, const struct check_row *row, size_t i, const struct text_style *style);
void check_words_others(struct strbuf *out, const struct check_row *row);
/* Why it was not judged. What to do about that; nothing if nobody said. */
void check_words_fault(struct strbuf *out, const struct check_row *row);
void check_words_advice(struct strbuf *out, const struct check_row *row);
/* All in one line: "FLASH.used 339220 > 337920 B (+1300): modtls.o +4112"; with others that break the limit
 * "archive libapp.a.growth +74 > 32 B, and 1 more: libc.a +40; because of start.o +38"; or why it was not judged. */
void check_words_row(struct strbuf *out, const struct check_row *row);
/* As its title, with the one that is meant: "flash: object build/main.o size"; with the moment and the others. */
void check_words_what(struct strbuf *out, const struct check_row *row);
void check_words_what_all(struct strbuf *out, const struct check_row *row);
/* The limit that --update found, and the one that it wrote: "332K"; nothing if it left it. */
void check_words_old_limit(struct strbuf *out, const struct check_row *row);
void check_words_new_limit(struct strbuf *out, const struct check_row *row);

/* Somebody else's, cut. */
void check_words_sentence(struct strbuf *out, const char *text);
/* The part of the limit that is used up, 0 to 1: value of limit, or limit of value where a minimum is asked for. NAN
 * where that says nothing. */
double check_words_used_part(const struct check_row *row);

/* ---- all of them: check_verdict.c ---- */

/* Whether it went wrong whatever the limits say, and how: a sentence; nothing if it did not. */
bool check_words_failed(const struct check_view *view);
void check_words_trouble(struct strbuf *out, const struct check_view *view);
/* "2 of 7 limits broken, 1 could not be judged, 4 kept, 1 warning", "1 limit kept" */
void check_words_counts(struct strbuf *out, const struct check_view *view);
/* "the tightest is RAM.used with 312 B left (1.3 %)"; nothing where not all is well. */
void check_words_tightest(struct strbuf *out, const struct check_view *view, const struct text_style *style);
/* Of what row that is, or NULL; and "312 B left (1.3 %)". */
const struct check_row *check_words_tightest_row(const struct check_view *view);
void check_words_left(struct strbuf *out, const struct check_row *row, const struct text_style *style);
/* All of it, what went wrong first: "the run failed: old.map could not be read; 5 of 5 limits kept" */
void check_words_verdict(struct strbuf *out, const struct check_view *view);

/* Of what file a row is; never NULL. */
const char *check_words_file(const struct check *check, const struct check_row *row);

/* What a row is, for tables and lists of one kind. */
bool check_is_broken(const struct check_row *row);
bool check_is_not_judged(const struct check_row *row);
bool check_is_warned(const struct check_row *row);
bool check_is_kept(const struct check_row *row); /* and not warned */
bool check_is_skipped(const struct check_row *row);
