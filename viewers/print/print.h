/* What printers share. */
#pragma once

#include "memprof/viewers/document.h"
#include "shared/number_words.h"

/* The words of a span that is no text; of sentences and most tables sizes have units, unless they are exact. style:
 * NULL: as without options in the C locale. */
struct number_words print_number(const struct doc_span *span, const struct text_style *style, bool exact);

/* Of numbers, which stand at the right edge of their column. */
bool print_is_number(enum doc_kind kind);

/* Whether a table has columns for this reader. Without rows it has only its line of keys, which is for machines. */
enum print_reader { READ_BY_MACHINES, READ_BY_PEOPLE, READ_IN_A_PAGE };
bool print_is_for(const struct doc_table *table, enum print_reader reader);

/* Whether a block is a part of a list. */
bool print_is_item(const struct doc_block *block);

/* What people read above a column; NULL: they do not read it. */
const char *print_head(const struct doc_column *column, bool in_page);

/* Which columns have a head, and a cell that is not empty, in any row. */
struct print_columns {
	bool shown[DOC_COLUMNS_MAX];
};
struct print_columns print_shown(const struct doc_table *table, struct doc_row *row, bool in_page);

/* A sentence as it is: its texts are still untrusted. */
void print_plain(struct strbuf *out, const struct doc_block *block, const struct text_style *style);

/* "budget.json:7:5: ", clean; nothing where it has no place. */
void print_place(struct strbuf *out, const struct doc_finding *f);

/* What a document says all of before its title: "memory layout" with a capital. */
void print_title(struct strbuf *out, const struct document *d);

/* Whether the document was not made whole, for want of memory: the output then fails as well, and nothing is printed.
 */
bool print_fails(struct strbuf *out, const struct document *d);

/* A page up to its document; more may stand before what follows. title: NULL: the document's. */
struct html_kind;
void print_html_begin(struct strbuf *out, const struct document *d, const char *title, struct html_kind *kind);
/* The document, all of it. */
void print_html_document(struct strbuf *out, const struct document *d);
/* The answer, and the sentences and items behind it, as a part of a page. Returns how many blocks these are. */
size_t print_html_findings(struct strbuf *out, const struct document *d);

/* All of it on top of the page of another subject (limits.js); NULL: nothing. */
void print_html_limits(struct strbuf *out, const struct document *d);
