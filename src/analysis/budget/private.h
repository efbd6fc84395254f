/* What the files of a budget share. */
#pragma once

#include "memprof/analysis/budget.h"
#include "memprof/base/arena.h"
#include "memprof/base/json_read.h"

enum { BUDGET_ONE = 1000000 }; /* 100%, in millionths */

struct budget_reader {
	struct arena *arena;
	const char *text;           /* of the whole file */
	struct budget_entry *entry; /* that is being read */
};

/* Keeps what is wrong with the entry, if nothing was wrong before: at a place, or with a value. False. */
bool budget_fault_at(struct budget_reader *r, struct place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define budget_fault(r, value, ...) budget_fault_at((r), json_value_place(value), __VA_ARGS__)

/* "'192X'", "an array": what is there, for a message. */
const char *budget_found(struct budget_reader *r, const struct json_value *value);

/* A key that nobody knows; known: what it may have been, ended by NULL. */
bool budget_unknown_key(struct budget_reader *r, const struct json_value *member, const char *const known[]);

/* Fills an entry, which is all-zero but for its place. */
void budget_read_entry(struct budget_reader *r, const struct json_value *value);

/* Adds a limit to the entry. False: a fault. */
bool budget_read_limit(struct budget_reader *r, const struct json_value *member, const struct limit_spec *spec);
/* warn_at, when all limits are known. */
bool budget_read_warning(struct budget_reader *r, const struct json_value *member);
/* Whether a warning comes only when a limit of that amount is broken already, so never. */
bool budget_is_behind(const struct budget_amount *warn_at, const struct limit_spec *spec, uint64_t amount);
/* amount * millionths / BUDGET_ONE, exact, then up or down; UINT64_MAX stands for all above it. millionths: at most
 * BUDGET_PERCENT_MAX percent. */
uint64_t budget_part_of(uint64_t amount, uint64_t millionths, bool up);
static inline uint64_t budget_amount_of(const struct budget_amount *amount) /* to compare with one of its kind */
{
	return amount->is == AMOUNT_WHOLE ? amount->whole : amount->millionths;
}
