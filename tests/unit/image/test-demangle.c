#include "memprof/image/demangle.h"

#include "memprof/base/number.h"
#include "unit.h"

static void assert_name(const char *linkage, const char *name)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&out, "<");
	bool is = demangle((struct image_slice){ linkage, (uint32_t)strlen(linkage) }, &out);
	if (is != (name != NULL) || strcmp(strbuf_text(&out) + 1, name ? name : "") != 0)
		fail_msg("%s is %s, not %s", linkage, strbuf_text(&out) + 1, name ? name : "left as it is");
}

static void assert_names(const char *const names[][2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_name(names[i][0], names[i][1]);
}

/* As c++filt has them, but for ">>" and what compilers add behind them. */
UNIT_TEST(names_of_cpp)
{
	static const char *const names[][2] = {
		{ "_ZSt9terminatev", "std::terminate()" },
		{ "_ZN4demo1rE", "demo::r" },
		{ "_ZN3fooC1Ev", "foo::foo()" },
		{ "_ZGVZ4mainE1x", "guard variable for main::x" },
		{ "_ZTV7QWidget", "vtable for QWidget" },
		{ "_ZNSt6vectorIS_IiSaIiEESaIS1_EE9push_backEOS1_",
		  "std::vector<std::vector<int, std::allocator<int>>, std::allocator<std::vector<int, "
		  "std::allocator<int>>>>::push_back(std::vector<int, std::allocator<int>>&&)" },
		{ "_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()(int) const" },
		{ "_Z3fooi.constprop.0", "foo(int).constprop.0" },
		{ "_Z3fooi.isra.0.cold", "foo(int).isra.0.cold" },
		{ "_ZdlPv@@GLIBCXX_3.4", "operator delete(void*)@@GLIBCXX_3.4" },
		{ "_Z3foov.part.0.llvm.1234567890123456789", "foo().part.0" },
	};

	assert_names(names, ARRAY_SIZE(names));
}

UNIT_TEST(names_of_rust_and_d)
{
	static const char *const names[][2] = {
		{ "_ZN4core3fmt5write17h05af221e174051e9E", "core::fmt::write" },
		{ "_ZN57_$LT$core..fmt..Formatter$u20$as$u20$core..fmt..Write$GT$9write_str17hbcd1e5a04a1b3c2fE",
		  "<core::fmt::Formatter as core::fmt::Write>::write_str" },
		{ "_ZN3app4main17h05af221e174051e9E.llvm.42", "app::main" },
		{ "_ZN3app5COUNT17h05af221e174051e9E.0", "app::COUNT" },
		{ "_RNvC7mycrate3foo", "mycrate::foo" },
		{ "_RNvMs_NtCs4fqI2P2rA04_4core3fmtNtB4_9Formatter9write_str", "<core::fmt::Formatter>::write_str" },
		{ "_RNvC7mycrateu8gdel_5qa", "mycrate::g\303\266del" },
	};

	assert_names(names, ARRAY_SIZE(names));
}

UNIT_TEST(names_that_a_map_has_demangled)
{
	assert_name("f(std::vector<std::vector<int> >)", "f(std::vector<std::vector<int>>)");
	assert_name("f(A<B<C<int> > >)", "f(A<B<C<int>>>)");
	assert_name("foo(int) [clone .constprop.0]", "foo(int).constprop.0");
	assert_name("foo(int) [clone .isra.0] [clone .cold]", "foo(int).isra.0.cold");
	assert_name("foo(int) (.constprop.0)", "foo(int).constprop.0");
	assert_name("foo(char (&) [3])", NULL);
	assert_name("std::terminate()", NULL);
}

UNIT_TEST(what_is_no_mangled_name)
{
	static const char *const names[] = { "",
					     "_",
					     "main",
					     "_ZTI",
					     "_Z",
					     "_R",
					     "_DYNAMIC",
					     "_Zzz",
					     "_ZN9999999999fooE",
					     "_RNvC7mycrate99foo",
					     "_D1a",
					     "_Dmain",
					     "_RESERVED",
					     "_ZN1A",
					     "_DATA_" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_name(names[i], NULL);
}

/* 0 is "_"; any other is one less in base 62, and "_". */
static void put_number(struct strbuf *out, size_t n)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char text[16];
	size_t i = sizeof(text);

	text[--i] = '_';
	if (n > 0) {
		n--;
		do
			text[--i] = digits[n % 62];
		while (n /= 62);
	}
	strbuf_add(out, text + i, sizeof(text) - i);
}

enum { N_DOUBLED = 60 };

/* "B<A, A>", then again and again a template of two of the one before it, which is substitution k. */
static void put_doubled(struct strbuf *name, unsigned n_times)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	strbuf_puts(name, "_Z1f1A1BIS_S_E");
	for (unsigned k = 1; k <= n_times; k++) {
		char number[3] = { digits[k % 36] };
		if (k >= 36)
			memcpy(number, (char[3]){ digits[k / 36], digits[k % 36] }, sizeof(number));
		strbuf_printf(name, "S0_IS%s_S%s_E", number, number);
	}
}

UNIT_TEST(a_short_name_of_cpp_for_exabytes)
{
	struct strbuf some CLEANUP(strbuf_deinit) = STRBUF_INIT, out CLEANUP(strbuf_deinit) = STRBUF_INIT,
			   many CLEANUP(strbuf_deinit) = STRBUF_INIT;

	put_doubled(&some, 9);
	assert_true(demangle((struct image_slice){ some.text, (uint32_t)some.n_bytes }, &out));
	assert_in_range(out.n_bytes, 1 << 11, 1 << 14); /* it doubles each time */
	put_doubled(&many, 40);
	assert_true(many.n_bytes < MANGLED_MAX_BYTES);
	assert_name(strbuf_text(&many), NULL);
}

/* The same with tuples; and lifetimes that libiberty would count. */
UNIT_TEST(a_short_name_of_rust_for_exabytes)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t before = 8;

	strbuf_puts(&name, "_RINvC1a1bTuuE");
	for (int i = 0; i < N_DOUBLED; i++) {
		size_t here = name.n_bytes - 2;
		strbuf_puts(&name, "T");
		for (int k = 0; k < 2; k++) {
			strbuf_puts(&name, "B");
			put_number(&name, before);
		}
		strbuf_puts(&name, "E");
		if (i == 0) {
			struct strbuf one CLEANUP(strbuf_deinit) = STRBUF_INIT;
			strbuf_printf(&one, "%sE", strbuf_text(&name));
			assert_name(strbuf_text(&one), "a::b::<((), ()), (((), ()), ((), ()))>");
		}
		if (i == 9) { /* more than 62 bytes back */
			struct strbuf ten CLEANUP(strbuf_deinit) = STRBUF_INIT,
					  out CLEANUP(strbuf_deinit) = STRBUF_INIT;
			strbuf_printf(&ten, "%sE", strbuf_text(&name));
			assert_true(demangle((struct image_slice){ ten.text, (uint32_t)ten.n_bytes }, &out));
			assert_in_range(out.n_bytes, 1 << 12, 1 << 15);
		}
		before = here;
	}
	strbuf_puts(&name, "E");
	assert_name(strbuf_text(&name), NULL);
	assert_name("_RMC1aFGzzzzzzzzz_EuNtC1a1b", NULL);
}

/* "a::a::… ::a()", and pointers to pointers. */
UNIT_TEST(ones_that_are_long)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, meant CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&name, "_ZN");
	strbuf_repeat(&name, "20aaaaaaaaaaaaaaaaaaaa", 45);
	strbuf_puts(&name, "Ev");
	strbuf_repeat(&meant, "aaaaaaaaaaaaaaaaaaaa::", 44);
	strbuf_puts(&meant, "aaaaaaaaaaaaaaaaaaaa()");
	assert_in_range(name.n_bytes, 990, MANGLED_MAX_BYTES);
	assert_name(strbuf_text(&name), strbuf_text(&meant));
	strbuf_reset(&name);
	strbuf_puts(&name, "_Z1f");
	strbuf_repeat(&name, "P", MANGLED_MAX_BYTES);
	strbuf_puts(&name, "i");
	assert_name(strbuf_text(&name), NULL);
}
