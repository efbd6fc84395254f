/* .su and .ci files of several compilers. */
#include "memprof/image/stack_usage.h"

#include "unit.h"

static int read_text(struct stack_usage *usage, const char *text, struct diag *diag)
{
	return stack_usage_read(usage, "x.su", text, strlen(text), diag);
}

static void assert_slice(struct image_slice is, const char *wanted)
{
	assert_int_equal(is.n_bytes, strlen(wanted));
	assert_memory_equal(is.text, wanted, is.n_bytes);
}

UNIT_TEST(lines_of_su)
{
	static const struct {
		const char *line, *name, *file;
		uint64_t frame_bytes;
		bool grows;
	} lines[] = {
		{ "main.c:12:5:main\t48\tstatic\n", "main", "main.c", 48, false },
		{ "C:/x y/a.c:3:10:f\t8\tdynamic,bounded\r\n", "f", "C:/x y/a.c", 8, false },
		{ "a.c:3:_ZN1A1fEi\t16\tdynamic", "_ZN1A1fEi", "a.c", 16, true }, /* clang has no column */
		{ "a.cc:5:5:static int A::g(int)\t16\tstatic\n", "static int A::g(int)", "a.cc", 16, false },
		{ "../b.c:1:50:s.constprop\t4294967295\tstatic\n", "s.constprop", "../b.c", UINT32_MAX, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct stack_usage usage = { 0 };
		assert_int_equal(read_text(&usage, lines[i].line, NULL), 0);
		assert_int_equal(usage.n_functions, 1);
		assert_slice(usage.functions[0].name, lines[i].name);
		assert_slice(usage.functions[0].file, lines[i].file);
		assert_int_equal(usage.functions[0].frame_bytes, lines[i].frame_bytes);
		assert_int_equal(usage.functions[0].grows, lines[i].grows);
		stack_usage_deinit(&usage);
	}
}

UNIT_TEST(what_is_no_su)
{
	FOR_PARTS(part,
		  "main 48 static|main.c:12:5:main\t48|main.c:12:5:main\t48\tsmall|main.c:12:5:main\t\tstatic|"
		  "main.c:12:5:main\t4294967296\tstatic|main.c:12:5:\t48\tstatic|"
		  "main.c:12:5:main\t-8\tstatic\n|graph: { title: \"a\"\nnode { title: \"b\" }|"
		  "graph: {\nedge: { sourcename: \"b\" }|\t\t\n") {
		struct stack_usage usage = { 0 };
		struct diag diag = { 0 };
		assert_int_equal(read_text(&usage, part, &diag), -EINVAL);
		assert_non_null(strstr(diag.text, "-fstack-usage"));
		stack_usage_deinit(&usage);
	}
}

UNIT_TEST(lines_of_ci)
{
	static const char text[] =
		"graph: { title: \"m.c\"\n"
		"node: { title: \"m.c:helper\" label: \"helper\\nm.c:3:5\\n16 bytes (static)\\n0 dynamic objects\" }\n"
		"node: { title: \"main\" label: \"main\\nm.c:9:5\\n24 bytes (dynamic)\\n1 dynamic objects\\n a m.c:9:2\" }\n"
		"node: { title: \"memset\" label: \"memset\\n<built-in>\" shape : ellipse }\r\n"
		"edge: { sourcename: \"main\" targetname: \"m.c:helper\" label: \"m.c:9:3\" }\n"
		"edge: { sourcename: \"m.c:helper\" targetname: \"memset\" }\n}\n";
	struct stack_usage usage = { 0 };

	assert_int_equal(read_text(&usage, text, NULL), 0);
	assert_int_equal(usage.n_functions, 2); /* memset is only declared */
	assert_slice(usage.functions[0].name, "helper");
	assert_slice(usage.functions[0].file, "m.c");
	assert_int_equal(usage.functions[0].frame_bytes, 16);
	assert_false(usage.functions[0].grows);
	assert_true(usage.functions[1].grows);
	assert_slice(usage.functions[1].file, "m.c");
	assert_int_equal(usage.n_calls, 2);
	assert_slice(usage.calls[0].callee, "helper");
	assert_true(usage.calls[0].is_local);
	assert_slice(usage.calls[1].callee, "memset");
	assert_false(usage.calls[1].is_local);
	stack_usage_deinit(&usage);
}
