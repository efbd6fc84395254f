/* Functions that should not allocate, against limits. */
#include "check-fixture.h"
#include "memprof/analysis/first_alloc.h"

static const char inside[] = "Traceback (most recent call last):\n  File \"<stdin>\", line 3, in loop\nMemoryError: \n";

enum { LOOP, STEP, N_FUNCTIONS };
static struct first_alloc functions[N_FUNCTIONS];

UNIT_BEFORE(begin_functions)
{
	first_alloc_init(&functions[LOOP], "src/main.py", "loop");
	first_alloc_init(&functions[STEP], "src/main.py", "Motor.step");
	set_up();
}

UNIT_AFTER(end_functions)
{
	first_alloc_deinit(&functions[LOOP]);
	first_alloc_deinit(&functions[STEP]);
	tear_down();
}

static void judge(void)
{
	limit(SUBJECT_FUNCTION, "loop", "max_allocations", WHOLE(0));
	limit(SUBJECT_FUNCTION, "Motor.step", "max_allocations", WHOLE(0));
	begin();
	assert_int_equal(check_functions(&check, functions, N_FUNCTIONS), 0);
	check_judge(&check);
}

UNIT_TEST(one_allocates)
{
	assert_int_equal(first_alloc_found(&functions[LOOP], inside, strlen(inside), "__memprof_"), 0);
	functions[STEP].n_calls = 20;
	functions[STEP].n_raised = 1;
	judge();
	assert_value(0, 1);
	assert_int_equal(check.rows[0].status, CHECK_FAIL);
	assert_u64_equal(check.rows[0].n_causes, 1);
	assert_string_equal(check.rows[0].causes[0].name, "main.py:3 loop");
	assert_value(1, 0);
	assert_int_equal(check.rows[1].status, CHECK_PASS);
	assert_u64_equal(check.rows[1].n_causes, 0);
	assert_int_equal(check_worst(&check), CHECK_FAIL);
}

/* Never a pass. */
UNIT_TEST(it_cannot_be_judged)
{
	functions[LOOP].n_calls = functions[LOOP].n_raised = 0;
	diag_at(&functions[STEP].fault, (struct place){ .file = "src/main.py", .line = 7 }, 0,
		"it is an async function");
	judge();
	assert_fault(0, "the program never called it");
	assert_fault(1, "src/main.py:7: it is an async function");
	assert_int_equal(check.rows[0].status, CHECK_ERROR);
	assert_int_equal(check_worst(&check), CHECK_ERROR);
}

UNIT_TEST(a_place_without_a_line)
{
	diag_at(&functions[LOOP].fault, (struct place){ .file = "src/main.py" }, 0, "it has no function loop()");
	functions[STEP].n_calls = functions[STEP].n_raised = 3;
	judge();
	assert_fault(0, "src/main.py: it has no function loop()");
	assert_fault(1, "an exception ended each of its calls");
}

UNIT_TEST(no_program)
{
	limit(SUBJECT_FUNCTION, "loop", "max_allocations", WHOLE(0));
	begin();
	check.given[CHECK_OF_FUNCTIONS] = false;
	check_judge(&check);
	assert_fault(0, "no program was run");
	assert_non_null(strstr(check.rows[0].advice, "--run"));
}
