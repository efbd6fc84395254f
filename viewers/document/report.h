/* Parts of documents about a heap, each appended to a document that is begun. */
#pragma once

#include "memprof/viewers/report_view.h"

/* What fits where, for each need; then the state of the pool that is worst off. n_dump: of the dump, where something
 * more important stands before it; 0: this is the answer. is_leaking: that is a leak. */
void report_add_needs(struct document *d, const struct pool_standings *s, const struct report_options *options);
void report_add_state(struct document *d, const struct pool_standings *s, uint64_t n_dump, bool is_leaking);

/* Why an allocation failed, with the largest free blocks if the heap was fragmented. what_to_do: NULL: nothing. */
void report_add_error(struct document *d, const struct error_info *error, const char *what_to_do);
const char *report_after_error(const struct report_view *v, const struct error_info *error);

/* "once", "twice", "3 times" */
const char *report_times_words(struct document *d, uint64_t n);

/* What an agent told besides the heap. */
void report_add_agent(struct document *d, const struct agent_info *agent);
void report_add_events(struct document *d, const struct board_event *last, size_t n, uint64_t n_all);

/* A sentence for each task whose stack was nearly used up; and the stacks of all. */
void report_add_low_stacks(struct document *d, const struct heap *heap);
void report_add_tasks(struct document *d, const struct heap *heap);

/* Several pools, a row each; and what was requested of them since the snapshot before. */
void report_add_pools(struct document *d, const char *title, const struct heap_pool *const *pools, size_t n);
void report_add_allocations(struct document *d, const struct heap *heap);

/* All there is about one heap, in tables. has_map: with a picture of its blocks. */
void report_add_heap(struct document *d, const struct heap *heap, const struct pool_report *r,
		     const struct report_options *options, bool has_map);
void report_add_map(struct document *d, const struct heap_pool *pool, const char *title);
