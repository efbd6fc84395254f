/* Parts of the document of an allocation profile, each in a file of its own. */
#pragma once

#include "memprof/viewers/document.h"
#include "memprof/viewers/sites_view.h"

/* A figure of the profile: bytes, or microseconds of SITES_TIME. */
struct doc_span sites_amount(const struct sites *s, uint64_t value);
/* Its part of all. */
struct doc_span sites_share(const struct sites *s, uint64_t value);
/* "own size", "own us": of a profile of time the second. */
const char *sites_head(const struct sites *s, const char *of_bytes, const char *of_time);

void document_sites_tree(struct document *d, const struct sites *s, const struct sites_view *view);
void document_sites_source(struct document *d, const struct sites *s, const struct sites_view *view);
/* The answer, and what it is of. */
void document_sites_changes_answer(struct document *d, const struct sites_view *view);
void document_sites_changes(struct document *d, const struct sites_view *view);
