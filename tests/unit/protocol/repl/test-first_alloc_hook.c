#include "memprof/protocol/first_alloc_hook.h"

#include "unit.h"

static void assert_in_code(const struct first_alloc_target *target, const char *part)
{
	CLEANUP(strbuf_deinit) struct strbuf code = STRBUF_INIT;

	first_alloc_code(&code, target);
	assert_int_equal(strbuf_error(&code), 0);
	if (!strstr(strbuf_text(&code), part))
		fail_msg("%s\nis not in\n%s", part, strbuf_text(&code));
}

/* Each argument by itself, under its own name, and what is not given is not passed. */
UNIT_TEST(the_wrapper_has_the_parameters)
{
	static const struct first_alloc_target none = { .name = "f", .in_program = true },
					       two = { .name = "C.m",
						       .in_program = true,
						       .n_parameters = 3,
						       .n_required = 1,
						       .parameters = { "self", "a", "b" } };

	assert_in_code(&none, "  def __memprof_w(*,__memprof_f=f,");
	assert_in_code(&none, "     __memprof_r=__memprof_f()\n     __memprof_u()\n");
	assert_in_code(&two, "  def __memprof_w(self,a=c,b=c,*,");
	assert_in_code(&two,
		       "     __memprof_r=__memprof_f(self) if a is __memprof_c else __memprof_f(self,a) if b is"
		       " __memprof_c else __memprof_f(self,a,b)\n");
	assert_in_code(&two, "   if a is __memprof_c and b is not __memprof_c:raise TypeError");
	assert_in_code(&two, " N='C.m'\n");
}

UNIT_TEST(a_module_s_function_has_any)
{
	static const struct first_alloc_target target = { .name = "m.f", .n_parameters = 2 };

	assert_in_code(&target, "def __memprof_w(__memprof_0=c,__memprof_1=c,*,");
	assert_in_code(&target, "=__memprof_f() if __memprof_0 is __memprof_c else __memprof_f(__memprof_0) if");
	assert_in_code(&target, "__import__(a[0])");
}

UNIT_TEST(lines_of_a_traceback)
{
	static const char with[] =
		"Traceback (most recent call last):\r\n  File \"<stdin>\", line 9, in t\r\n"
		"MemoryError: memory allocation failed, heap is locked\r\n",
			  without[] = "MemoryError: \r\n";

	assert_true(first_alloc_names_lines(with, strlen(with)));
	assert_false(first_alloc_names_lines(without, strlen(without)));
}

UNIT_TEST(frames)
{
	static const char found[] = "first-alloc 12\r\nMemoryError: \r\n", no[] = "first-alloc no it is a generator";
	struct first_alloc_frame frame;

	assert_int_equal(first_alloc_frame_read(found, strlen(found), &frame), 0);
	assert_true(frame.is_found);
	assert_u64_equal(frame.i_call, 12);
	assert_memory_equal(frame.text, "\r\nMemoryError: \r\n", frame.n_bytes);
	assert_int_equal(first_alloc_frame_read(no, strlen(no), &frame), 0);
	assert_false(frame.is_found);
	assert_memory_equal(frame.text, "it is a generator", frame.n_bytes);
}

UNIT_TEST(what_is_no_frame)
{
	static const char *const texts[] = {
		"", "first-alloc", "first-alloc 12", "first-alloc x\n", "first-alloc 12x\n", "first-alloc -1\n"
	};
	struct first_alloc_frame frame = { .is_found = false };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(first_alloc_frame_read(texts[i], strlen(texts[i]), &frame), -EINVAL);
}
