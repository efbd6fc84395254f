/* What is said while it is watched, collection by collection. */
#include "memprof/analysis/suspicion.h"

#include <string.h>

#include "memprof/base/number.h"
#include "unit.h"

/* A judgement for each collection: L leaking, l the same but not clear, G growing, s steady, u unknown. */
static struct suspicion watch(struct suspicion s, const char *judgements)
{
	for (uint64_t n = 1; *judgements; judgements++, n++) {
		struct suspicion_evidence e = { .bytes_per_collection = (double)n, .n_collections = n };
		e.verdict = strchr("Ll", *judgements) ? LEAK_LEAKING :
			    *judgements == 'G'        ? LEAK_GROWING :
			    *judgements == 's'        ? LEAK_STEADY :
							LEAK_UNKNOWN;
		e.is_clear = *judgements != 'l';
		suspicion_add(&s, &e);
	}
	return s;
}

static const struct {
	const char *judgements;
	enum suspicion_state state;
} rows[] = {
	{ "", SUSPICION_WATCHES },
	{ "LLLLLLLLLLLL", SUSPICION_WATCHES }, /* of the first 7 nothing counts */
	{ "LLLLLLLLLLLLL", SUSPICION_SUSPECTS },
	{ "LLLLLLLLLLLLLL", SUSPICION_SAYS },
	{ "llllllllllllllllllllllll", SUSPICION_WATCHES },
	{ "uuuuuuuLLLLLLuuu", SUSPICION_SUSPECTS },
	{ "uuuuuuuLLLLLLuuuL", SUSPICION_SAYS },
	{ "uuuuuuuLLLLLLuuuuu", SUSPICION_WATCHES },
	{ "uuuuuuuLLLLLLsLLLLL", SUSPICION_WATCHES }, /* all begins anew */
	{ "sssssssssss", SUSPICION_WATCHES },
	{ "ssssssssssss", SUSPICION_IS_CALM },
	{ "ssssssssssssuu", SUSPICION_IS_CALM },
	{ "ssssssssssssL", SUSPICION_WATCHES },
	{ "ssssssssssssl", SUSPICION_WATCHES },
	{ "LLLLLLLLLLLLLLsssssssssssss", SUSPICION_SAYS }, /* until there are twice as many */
	{ "LLLLLLLLLLLLLLssssssssssssss", SUSPICION_IS_CALM },
	{ "LLLLLLLLLLLLLLuuuuuuuuuuuuuu", SUSPICION_WATCHES },
	{ "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLuuuu", SUSPICION_SAYS }, /* a row speaks against it */
	{ "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLuuuull", SUSPICION_SAYS },
};

UNIT_TEST(it_is_said_late_and_stays)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct suspicion s = watch((struct suspicion){ .said = LEAK_UNKNOWN }, rows[i].judgements);
		if (suspicion_state(&s) != rows[i].state)
			fail_msg("%s is %d", rows[i].judgements, suspicion_state(&s));
	}
}

UNIT_TEST(growth_may_turn_out_to_be_a_leak)
{
	struct suspicion s = { .said = LEAK_UNKNOWN };

	s = watch(s, "GGGGGGGGGGGGGG");
	assert_int_equal(s.said, LEAK_GROWING);
	s = watch((struct suspicion){ .said = LEAK_UNKNOWN }, "GGGGGGGGGGGGGGLLLLLLLLLLLLLL");
	assert_int_equal(s.said, LEAK_LEAKING);
	s = watch((struct suspicion){ .said = LEAK_UNKNOWN }, "LLLLLLLLLLLLLLGGGGGGGGGGGGGGGGGGGG");
	assert_int_equal(s.said, LEAK_LEAKING);
	assert_float_equal(s.bytes_per_collection, 34, 0);
}

UNIT_TEST(the_next_boot_knows_of_it)
{
	struct suspicion s = watch((struct suspicion){ .said = LEAK_UNKNOWN }, "LLLLLLLLLLLLLL");

	s = suspicion_of_next_boot(&s);
	assert_int_equal(suspicion_state(&s), SUSPICION_SAYS);
	s = watch(s, "uuuuuuuuuuuuuuuuuuuuuuu");
	assert_int_equal(suspicion_state(&s), SUSPICION_SAYS);
	s = watch((struct suspicion){ .said = s.said, .n_said = s.n_said }, "ssssssssssssssssssssssssssss");
	assert_int_equal(suspicion_state(&s), SUSPICION_IS_CALM);
}

/* A judgement counts as no more than its part of the collections, and there must be a sixth of all. */
UNIT_TEST(of_many_collections_not_each_is_judged)
{
	struct suspicion s = { .n_judged = 3200 };
	struct suspicion_evidence e = { .verdict = LEAK_LEAKING, .is_clear = true };
	unsigned n = 0;

	assert_true(suspicion_is_due(31, 32));
	assert_false(suspicion_is_due(64, 66));
	assert_true(suspicion_is_due(64, 67));
	assert_true(suspicion_is_due(64, 3)); /* another heap */
	for (e.n_collections = 3300; suspicion_state(&s) != SUSPICION_SAYS; e.n_collections += 100, n++)
		suspicion_add(&s, &e);
	assert_in_range(n, 5, 7);
	e.n_collections = 5;
	suspicion_add(&s, &e);
	assert_true(s.said == LEAK_LEAKING && s.n_said == 12);
}
