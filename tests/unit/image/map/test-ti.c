#include "image-fixture.h"

#define HEAD                                                                                             \
	"****\n                  TI ARM Linker PC v20.2.1\n****\n>> Linked Wed Dec 23 13:20:01 2020\n\n" \
	"OUTPUT FILE NAME:   <a.out>\n\nMEMORY CONFIGURATION\n\n"                                        \
	"  FLASH                 00000000   00040000  00000030  0003ffd0  R  X\n"                        \
	"  SRAM                  20000000   00008000  00000210  00007df0  RW X\n"                        \
	"\nSECTION ALLOCATION MAP\n\n"
#define SECTIONS                                                                                   \
	".text      0    00000000    00000030     \n"                                              \
	"                  00000000    00000010     main.obj (.text)\n"                            \
	"                  00000010    0000000e     lib.lib : gpio.obj (.text:GPIOWrite)\n"        \
	"                  0000001e    00000002     --HOLE-- [fill = 0]\n"                         \
	"                  00000020    00000008                   : pwm.obj (.text)\n"             \
	"                  00000028    00000008     (__TI_cinit_table)\n"                          \
	"\n.init_array \n*          0    00000000    00000000     UNINITIALIZED\n"                 \
	"\n.a_section_with_a_long_name \n*          0    20000000    00000010     UNINITIALIZED\n" \
	"                  20000000    00000010     main.obj (.bss)\n"                             \
	"\n.stack     0    20000010    00000200     UNINITIALIZED\n"                               \
	"                  20000010    00000004     lib.lib : boot.obj (.stack)\n"                 \
	"                  20000014    000001fc     --HOLE--\n"
#define NOT_LOADED ".debug_info 0  00000000  00000100  COPY SECTION\n  00000000  00000100  main.obj (.debug_info)\n"
#define SYMBOLS                                                                                                \
	"\nGLOBAL SYMBOLS: SORTED ALPHABETICALLY BY Name \n\naddress   name\n-------   ----\n00000001  main\n" \
	"\nGLOBAL SYMBOLS: SORTED BY Symbol Address \n\naddress   name\n-------   ----\n00000001  main\n"      \
	"00000011  GPIOWrite\n00000021  C$$EXIT\n20000210  __STACK_TOP\nffffffff  binit\n"                     \
	"UNDEFED   _system_post_cinit\n\n[6 symbols]\n"

UNIT_TEST(objects_of_archives)
{
	read_text(&image_ti, HEAD SECTIONS SYMBOLS);
	assert_accounts();
	assert_u64_equal(image_find_region(&image, "FLASH")->used_bytes, 0x30);
	assert_string_equal(image_find_region(&image, "SRAM")->attributes, "rwx");
	assert_u64_equal(bytes_of("main.obj", NULL), 0x20);
	assert_u64_equal(bytes_of("lib.lib", "gpio.obj"), 0xe);
	assert_u64_equal(bytes_of("lib.lib", "pwm.obj"), 8);
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes, 8);
	assert_true(find_section(".a_section_with_a_long_name", 0x20000000)->nobits);
	assert_true(find_section(".stack", 0x20000010)->reserved);
	assert_u64_equal(image.n_sections, 3);
}

UNIT_TEST(symbols_without_the_bit_of_thumb)
{
	uint64_t value;

	read_text(&image_ti, HEAD SECTIONS SYMBOLS);
	assert_u64_equal(find_symbol("main", 0)->size_bytes, 0x10);
	assert_u64_equal(find_symbol("GPIOWrite", 0x10)->size_bytes, 0xe);
	assert_true(image_value(&image, "__STACK_TOP", &value));
	for (size_t i = 0; i < image.n_symbols; i++)
		assert_null(memchr(image.symbols[i].name.text, 36, image.symbols[i].name.n_bytes));
}

UNIT_TEST(copy_sections_take_no_memory)
{
	read_text(&image_ti, HEAD SECTIONS NOT_LOADED SYMBOLS);
	assert_accounts();
	assert_false(find_section(".debug_info", 0)->alloc);
}

UNIT_TEST(bad_maps)
{
	refuse_text(HEAD SECTIONS SYMBOLS HEAD, 58, "a second map begins here");
	refuse_text(HEAD SECTIONS, 31, "before the number of its symbols");
	read_text(&image_ti, HEAD ".text  0  ffffffffffffff00  00000200\n" SYMBOLS); /* no address of 32 bits */
	assert_u64_equal(image.n_sections, 0);
	image_tear_down();
	refuse_text(
		">> Linked Wed Dec 23 13:20:01 1998\n\nOUTPUT FILE NAME:   <a.out>\n\nMEMORY CONFIGURATION\n\n"
		"           name      origin     length     attributes     fill\n",
		7, "before 2004");
}

/* Of the C2000: pages, and code that is loaded in one place and runs in another. */
UNIT_TEST(words_of_16_bits)
{
	read_text(
		&image_ti,
		"****\n         TMS320C2000 Linker PC v16.9.1\n****\n>> Linked Wed Dec 23 13:20:01 2020\n\n"
		"OUTPUT FILE NAME:   <a.out>\n\nMEMORY CONFIGURATION\n\nPAGE 0:\n"
		"  RAML0                 00008000   00001000  00000020  00000fe0  RWIX\n"
		"  FLASHD                00320000   00008000  00000020  00007fe0  RWIX\n"
		"\nSECTION ALLOCATION MAP\n\n"
		"ramfuncs   0    00320000    00000020     RUN ADDR = 00008000\n"
		"                  00320000    00000020     main.obj (ramfuncs)\n"
		"\nGLOBAL SYMBOLS: SORTED BY Symbol Address \n\npage  address   name\n----  -------   ----\n"
		"0     00008000  _run\n0     00008010  ___cinit__\n0     00008010  _wait\nabs   00008018  _SIZE\n\n[4 symbols]\n");
	assert_accounts();
	assert_u64_equal(image_find_region(&image, "RAML0")->used_bytes, 0x40);
	assert_u64_equal(image_find_region(&image, "FLASHD")->used_bytes, 0x40);
	assert_u64_equal(image_find_region(&image, "FLASHD")->length_bytes, 0x10000);
	assert_u64_equal(bytes_of("main.obj", NULL), 0x40);
	assert_u64_equal(find_symbol("_run", 0x10000)->size_bytes, 0x20);
	assert_u64_equal(find_symbol("_wait", 0x10020)->size_bytes, 0x20);
	assert_u64_equal(image.n_symbols, 2);
	assert_u64_equal(image.n_notes, 1);
}

UNIT_TEST(tm4c)
{
	read_shared("builds/found/tm4c.map", &map_file);
	read_bytes(&image_ti, &map_file);
	assert_u64_equal(image_find_region(&image, "FLASH")->used_bytes, 0x3340);
	assert_u64_equal(image_find_region(&image, "SRAM")->used_bytes, 0x470);
	assert_u64_equal(bytes_of("driverlib.lib", "interrupt.obj"), 172 + 112 + 620); /* its module summary */
}
