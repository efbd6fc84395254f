#include "image-fixture.h"
#include "slice.h"

static const char head[] =
	"Microchip MPLAB XC8 Compiler V2.36\n"
	"\n"
	"Linker command line:\n"
	"\n"
	"-W-3 -Q16F1507 -Ma.map -E1 -ver=XC8 -ACODE=00h-03FFhx2 \\\n"
	"  -AABS1=020h-02Fh,0A0h-0A7hx2 -DCONFIG=2 -DCODE=2 \\\n"
	"  a.obj\n"
	"\n"
	"Object code version is 3.11\n"
	"\n"
	"Machine type is 16F1507\n"
	"\n"
	"                Name                               Link     Load   Length Selector   Space Scale\n"
	"startup.o       end_init                             12       12        1        8       0\n"
	"                config                             8007     8007        2    1000E       4\n"
	"build/a.o\n"
	"                maintext                             13       13       10        8       0\n"
	"                text1                                23       23        8        8       0\n"
	"                stringtext                           40       40        4       80       0\n"
	"                bssBANK0                             20       20        6       20       1\n"
	"                bssBANK1                             A2       A2        4       A0       1\n"
	"\n";
static const char tables[] =
	"TOTAL           Name                               Link     Load   Length     Space\n"
	"        CLASS   CODE           \n"
	"                end_init                             12       12        1         0\n"
	"                maintext                             13       13       10         0\n"
	"                text1                                23       23        8         0\n"
	"\n"
	"        CLASS   STRCODE        \n"
	"                stringtext                           40       40        4         0\n"
	"\n"
	"        CLASS   BANK0          \n"
	"                bssBANK0                             20       20        6         1\n"
	"\n"
	"        CLASS   BANK1          \n"
	"                bssBANK1                             A2       A2        4         1\n"
	"\n"
	"        CLASS   CONFIG         \n"
	"                config                             8007     8007        2         4\n"
	"\n"
	"SEGMENTS        Name                           Load    Length   Top    Selector   Space  Class     Delta\n"
	"\n"
	"                reset_vec                      000012  00001D  00002F         0       0  CODE        2\n"
	"\n"
	"UNUSED ADDRESS RANGES\n"
	"\n"
	"        BANK0            0026-002F             A\n"
	"\n"
	"                                  Symbol Table\n"
	"\n"
	"_a            bssBANK0     00020  _b            bssBANK0     00022  _c            bssBANK1     000A2\n"
	"__Lcinit      cinit        00000  _main         maintext     00013  _PORTA        (abs)        0000C\n"
	"\n"
	"FUNCTION INFORMATION:\n"
	"\n"
	" *************** function _main *****************\n"
	"\n"
	"MODULE INFORMATION\n"
	"\n"
	"Module\t\tFunction\t\tClass\t\tLink\tLoad\tSize\n"
	"main.c\n"
	"\t\t_main          \t\tCODE           \t0013\t0000\t17\n"
	"\t\t_wait          \t\tCODE           \t0023\t0000\t8\n"
	"\n"
	"main.c estimated size: 25\n"
	"\n"
	"shared\n"
	"\t\t__initialization\t\tCODE           \t0012\t0000\t1\n"
	"\n"
	"shared estimated size: 1\n"
	"\n";

static void read_whole(void)
{
	static struct strbuf text = STRBUF_INIT; /* the image points into it */

	strbuf_reset(&text);
	strbuf_puts(&text, head);
	strbuf_puts(&text, tables);
	read_text(&image_xc8, strbuf_text(&text));
}

UNIT_TEST(words_and_banks)
{
	read_whole();
	assert_accounts();
	assert_u64_equal(image_find_region(&image, "program")->length_bytes, 2 * 0x800);
	assert_u64_equal(image_find_region(&image, "program")->sections_bytes, 2 * (1 + 0x10 + 8 + 4));
	assert_u64_equal(image_find_region(&image, "data")->length_bytes, 0x10 + 2 * 8);
	assert_u64_equal(image_find_region(&image, "data")->sections_bytes, 6 + 4);
	assert_u64_equal(find_section("CODE", 2 * 0x12)->size_bytes, 2 * 0x19);
	assert_u64_equal(find_section("BANK1", 0x800000 + 0x10 + 2)->size_bytes, 4);
	assert_true(find_section("BANK1", 0x800000 + 0x10 + 2)->nobits);
	assert_int_equal(image.n_sections, 4);
	assert_int_equal(image.n_notes, 1);
}

/* Of their sources; the rest belongs to the object. */
UNIT_TEST(functions)
{
	read_whole();
	assert_u64_equal(bytes_of("main.c", NULL), 2 * 0x18);
	assert_u64_equal(bytes_of("build/a.o", NULL), 2 * 4 + 6 + 4);
	assert_u64_equal(image.objects[OBJECT_LINKER].size_bytes, 2);
	assert_u64_equal(find_symbol("_main", 2 * 0x13)->size_bytes, 2 * 0x10);
	assert_u64_equal(find_symbol("_wait", 2 * 0x23)->size_bytes, 2 * 8);
	assert_u64_equal(find_symbol("_a", 0x800000)->size_bytes, 2);
	assert_u64_equal(find_symbol("_c", 0x800012)->size_bytes, 4);
	for (size_t i = 0; i < image.n_symbols; i++)
		assert_false(slice_is(image.symbols[i].name, "_PORTA"));
}

UNIT_TEST(bad_maps)
{
	refuse_text(head, 22, "before the end of its totals");
	refuse_text("Microchip MPLAB XC8 Compiler V2\nLinker command line:\nTOTAL  Name\n CLASS CODE\n a 0 0 1 0\n", 5,
		    "before the end of its totals");
	read_text(&image_xc8,
		  "Microchip MPLAB XC8 Compiler V2\nLinker command line:\n-ACODE=00h-0FFFFFFFFFh -AABS1=5h-1h,x\n"
		  "Object code version is 1\nTOTAL  Name\n b 0 0 5 1\n CLASS CODE\n a 0 0 FFFFFFFFFF 0\nSEGMENTS\n");
	assert_int_equal(image.n_regions, 0);
	assert_int_equal(image.n_sections, 1); /* of no class */
}

UNIT_TEST(of_a_pic18)
{
	read_shared("builds/found/xc8.map", &map_file);
	read_bytes(&image_xc8, &map_file);
	assert_u64_equal(image_find_region(&image, "program")->sections_bytes, 7244);
	assert_u64_equal(image_find_region(&image, "data")->sections_bytes, 237);
	assert_u64_equal(find_symbol("_main", 0x27f0)->size_bytes, 126);
}
