/* Linker scripts in files, with what they include, and through the C preprocessor. */
#include "memprof/input/linker_scripts.h"

#include "ldscripts.h"
#include "memprof/input/build_inputs.h"
#include "scratch.h"
#include "tests_dir.h"
#include "unit.h"

#define DATA TESTS_DIR "/data/"

static const char *const none[] = { NULL };

static int read_scripts(const char *const *names, const char *const *defines, const char *const *folders,
			struct ldscript *ret, struct diag *diag)
{
	const struct linker_scripts scripts = {
		.names = names, .defines = defines, .defsyms = none, .folders = folders
	};

	*diag = (struct diag){ .text = "" };
	return linker_scripts_read(&scripts, ret, diag);
}

static int read_one(const char *path, struct diag *diag)
{
	const char *const names[] = { path, NULL };
	struct ldscript script;
	int r = read_scripts(names, none, none, &script, diag);

	ldscript_deinit(&script);
	return r;
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(a_script_of_a_file)
{
	const char *const names[] = { DATA "ld/sample.ld", NULL };
	struct ldscript script;
	struct diag diag;

	assert_int_equal(read_scripts(names, none, none, &script, &diag), 0);
	assert_comes_to(&script, names[0],
			"FLASH@0x08000000+0x10000 RAM@0x20000000+0x4000 EXT@0x90000000+0x100000 _estack=0x20004000");
	ldscript_deinit(&script);
}

UNIT_TEST(several_scripts_are_one)
{
	const char *const names[] = { scratch_text("a.ld", "x = y + 1;"), scratch_text("b.ld", "y = z;"), NULL };
	const char *const defsyms[] = { "z=0x30", NULL };
	const struct linker_scripts scripts = { .names = names, .defines = none, .defsyms = defsyms, .folders = none };
	struct ldscript script;
	struct diag diag = { .text = "" };

	assert_int_equal(linker_scripts_read(&scripts, &script, &diag), 0);
	assert_comes_to(&script, "a.ld, b.ld", "x=0x31 y=0x30");
	ldscript_deinit(&script);
}

UNIT_TEST(scripts_that_cannot_be_read)
{
	const char *names[LINKER_SCRIPTS_MAX + 2] = { NULL };
	struct ldscript script;
	struct diag diag = { .text = "" };

	scratch_check_unreadable(read_one);
	const char *wrong = scratch_text("wrong.ld", "x = 1;\nMEMORY { R : ORIGIN = 0 LENGTH");
	assert_int_equal(read_one(wrong, &diag), -EINVAL);
	assert_string_equal(diag.at.file, wrong);
	assert_int_equal(diag.at.line, 2);
	for (size_t i = 0; i < LINKER_SCRIPTS_MAX + 1; i++)
		names[i] = DATA "ld/nested.ld";
	assert_int_equal(read_scripts(names, none, none, &script, &diag), -EINVAL);
	assert_string_equal(diag.text, "more than 64 linker scripts");
	ldscript_deinit(&script);
	names[LINKER_SCRIPTS_MAX] = NULL;
	assert_int_equal(read_scripts(names, none, none, &script, &diag), 0);
	ldscript_deinit(&script);
}

/* In the folder of the including script, then in each -L, in their order. */
UNIT_TEST(included_files_are_searched_for)
{
	char folders[3][256];
	const char *const search[] = { folders[1], folders[2], NULL };
	struct ldscript script;
	struct diag diag;

	snprintf(folders[0], sizeof(folders[0]), "%s", scratch_folder("own"));
	snprintf(folders[1], sizeof(folders[1]), "%s", scratch_folder("first"));
	snprintf(folders[2], sizeof(folders[2]), "%s", scratch_folder("second"));
	const char *const names[] = {
		scratch_text("own/main.ld", "INCLUDE a.ld INCLUDE b.ld INCLUDE c.ld INCLUDE missing.ld"), NULL
	};
	scratch_text("own/a.ld", "a = 1;");
	scratch_text("first/a.ld", "a = 2;");
	scratch_text("first/b.ld", "b = 3;");
	scratch_text("second/b.ld", "b = 4;");
	scratch_text("second/c.ld", "c = 5;");
	assert_int_equal(read_scripts(names, none, search, &script, &diag), 0);
	assert_comes_to(&script, names[0], "a=1 b=3 c=5");
	assert_int_equal(script.n_notes, 1);
	assert_non_null(strstr(script.notes[0].text, "missing.ld"));
	ldscript_deinit(&script);
	assert_int_equal(read_scripts(names, none, none, &script, &diag), 0);
	assert_comes_to(&script, names[0], "a=1");
	assert_int_equal(script.n_notes, 3);
	ldscript_deinit(&script);
	/* one that is there but cannot be read ends the reading */
	scratch_folder("own/b.ld");
	assert_int_equal(read_scripts(names, none, search, &script, &diag), -EISDIR);
	ldscript_deinit(&script);
}

/* A directive, or a -D, makes a script one for the preprocessor, the included scripts as well. */
UNIT_TEST(defines_go_to_the_preprocessor)
{
	const char *const defines[] = { "SIZE=32K", NULL };
	struct ldscript script;
	struct diag diag;

	scratch_text("part.ld", "y = SIZE;");
	const char *const names[] = { scratch_text("main.ld", "x = SIZE; INCLUDE part.ld"), NULL };
	assert_int_equal(read_scripts(names, defines, none, &script, &diag), 0);
	assert_comes_to(&script, names[0], "x=0x8000 y=0x8000");
	ldscript_deinit(&script);
	assert_int_equal(read_scripts(names, none, none, &script, &diag), 0);
	assert_comes_to(&script, names[0], "x=- y=-");
	ldscript_deinit(&script);
	const char *const directives[] = { scratch_text("directives.ld", "#define SIZE 2K\nx = SIZE;\n"), NULL };
	assert_int_equal(read_scripts(directives, none, none, &script, &diag), 0);
	assert_comes_to(&script, directives[0], "x=0x800");
	assert_string_equal(ldscript_symbol(&script, "x")->at.file, directives[0]);
	assert_int_equal(ldscript_symbol(&script, "x")->at.line, 2);
	ldscript_deinit(&script);
}

UNIT_TEST(an_image_without_regions_gets_them)
{
	const char *const names[] = { DATA "ld/sample.ld", NULL };
	struct ldscript script;
	struct input_image input;
	struct diag diag;

	assert_int_equal(read_scripts(names, none, none, &script, &diag), 0);
	assert_int_equal(input_image_read(&input, DATA "images/arm-bfd-a.elf", 0, &diag), 0);
	assert_int_equal(input.image.n_regions, 0);
	assert_int_equal(linker_scripts_give_regions(&script, &input.image, &diag), 3);
	assert_int_equal(input.image.n_regions, 3);
	assert_u64_equal(input.image.regions[0].used_bytes, 64 + 712 + 104 + 16 + 56 + 36 /* and copies for RAM */);
	assert_int_equal(linker_scripts_give_regions(&script, &input.image, &diag), 0); /* it has them now */
	input_image_deinit(&input);
	ldscript_deinit(&script);
}
