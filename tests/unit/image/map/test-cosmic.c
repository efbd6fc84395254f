#include "image-fixture.h"

#define HEAD                                                                                                   \
	"Map of a.sm8 from link file a.lkf - Tue Aug 12 00:39:46 2025\n\n        --------\n        Segments\n" \
	"        --------\n\n"                                                                                 \
	"start 00008080 end 000080a0 length    32 segment .text\n"                                             \
	"start 00004000 end 00004000 length     0 segment .eeprom\n"                                           \
	"start 00000000 end 00000010 length    16 segment .ubsct\n"                                            \
	"start 00000000 end 00000bd4 length  3028 segment .debug\n"                                            \
	"start 00008000 end 00008080 length   128 segment .const\n"
#define MODULES                                                                                        \
	"\n       -------\n       Modules\n       -------\n\n"                                         \
	"Debug\\main.o:\nstart 00008080 end 00008090 length    16 section .text\n"                     \
	"start 00000000 end 00000010 length    16 section .ubsct\n"                                    \
	"start 00008000 end 00008080 length   128 section .const\n\n"                                  \
	"Debug\\unused.o:\nstart ******** end ******** length     0 section .text *** removed ***\n\n" \
	"(C:\\CXSTM8\\lib\\libm0.sm8)ldiv.o:\nstart 00008090 end 0000809d length    13 section .text\n"
#define SYMBOLS                                                             \
	"\n       -------\n       Symbols\n       -------\n\n"              \
	"_unused       ********   *** removed from Debug\\unused.o ***\n"   \
	"_main         00008080   defined in Debug\\main.o section .text\n" \
	"              used in C:\\CXSTM8\\lib\\crtsi0.sm8\n"               \
	"c_ldiv        00008090   defined in (C:\\CXSTM8\\lib\\libm0.sm8)ldiv.o section .text\n"

UNIT_TEST(modules)
{
	read_text(&image_cosmic, HEAD MODULES SYMBOLS);
	assert_accounts();
	assert_u64_equal(bytes_of("Debug\\main.o", NULL), 16 + 16 + 128);
	assert_u64_equal(bytes_of("C:\\CXSTM8\\lib\\libm0.sm8", "ldiv.o"), 13);
	assert_u64_equal(find_section(".text", 0x8080)->size_bytes, 32);
	assert_true(find_section(".ubsct", 0)->nobits);
	assert_u64_equal(image.n_discarded, 1);
	assert_u64_equal(find_symbol("_main", 0x8080)->size_bytes, 16);
	assert_u64_equal(find_symbol("c_ldiv", 0x8090)->size_bytes, 13);
}

UNIT_TEST(data_is_copied_at_start)
{
	read_text(&image_cosmic,
		  "Map of a.sm8 from link file a.lkf - Tue Aug 12 00:39:46 2025\n\n"
		  "start 00000100 end 00000108 length     8 segment .data, initialized\n"
		  "start 000084ff end 00008507 length     8 segment .data, from\n"
		  "\n       Modules\n\nmain.o:\nstart 00000100 end 00000108 length     8 section .data\n"
		  "\n       Symbols\n\n_a    00000104   defined in main.o section .data, initialized\n");
	assert_accounts();
	assert_u64_equal(image.n_sections, 1);
	assert_u64_equal(find_section(".data", 0x100)->lma, 0x84ff);
	assert_u64_equal(bytes_of("main.o", NULL), 8);
	assert_u64_equal(find_symbol("_a", 0x104)->size_bytes, 4);
}

UNIT_TEST(bad_maps)
{
	refuse_text(HEAD, 11, "before its symbols");
	refuse_text(HEAD MODULES, 26, "before its symbols");
}

UNIT_TEST(stm8)
{
	uint64_t text_bytes = 0;

	read_shared("builds/found/stm8.map", &map_file);
	read_bytes(&image_cosmic, &map_file);
	for (size_t i = 0; i < image.n_sections; i++)
		text_bytes += strcmp(image.sections[i].name, ".text") == 0 ? image.sections[i].size_bytes : 0;
	assert_u64_equal(text_bytes, 3182);
	assert_u64_equal(find_section(".init", 0x80f6)->size_bytes, 3);
}
