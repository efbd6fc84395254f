#include "memprof/protocol/collection_hook.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"

/* Of the numbers in a head; each is 0x40 and four bits, so that none is a control character. */
enum { TOKEN_DIGITS = 16, NUMBER_DIGITS = 8 };

/* ---- the code ---- */

/* Names of builtins are reused as variables: they are in the flash of every firmware, so none is interned, which would
 * make all that the program does with strings slower.
 *
 * all: views of the tables; any: of each area its blocks' begin and end, their number in all areas before it, and a
 * view of its finaliser bits; bin: a frame's head. */
static const char begin[] =
	"def __memprof():\n"
	" import sys,uctypes\n"
	" from micropython import mem_info,schedule\n"
	" abs=uctypes.bytearray_at\n";

/* chr: collections; when the time that frames took is made up for; the number of the armed sentinel; whether there
 * was none to arm; whether eval[0] is scheduled, at most once, as the queue is the program's. dir,
 * divmod: prepared sentinels and their blocks. eval: what prepares them; what the global name must be: if it is not,
 * the hook is garbage itself, and about to be freed, so that nothing may keep a part of it. Each frame is followed by
 * 32 times as long without one, but for 200 ms; without a clock, every fourth collection has one, and the first 50.
 * What a finaliser or a scheduled function raises would be printed, and a closure is called through memory of the heap,
 * so there is none. */
static const char rest[] =
	" chr=[0,0,-1,0,0]\n"
	" try:from time import ticks_ms,ticks_diff,ticks_add\n"
	" except ImportError:\n"
	"  def ticks_ms():return chr[0]\n"
	"  def ticks_diff(max,b):return max-b\n"
	"  def ticks_add(max,b):return max+b\n"
	" chr[1]=ticks_ms()\n"
	" dir=[None]*16\n"
	" divmod=[0]*16\n"
	" eval=[0,0]\n"
	" hex=getattr(sys.stdout,'buffer',sys.stdout).write\n"
	" class hash:\n"
	"  def __del__(len,all=all,bin=bin,chr=chr,dir=dir,divmod=divmod,eval=eval,hex=hex,iter=ticks_ms,map=ticks_diff,max=ticks_add,min=schedule,next=globals()):\n"
	"   if next.get('__memprof')is not eval[1]:return\n"
	"   chr[0]+=1\n"
	"   oct=iter()\n"
	"   try:\n"
	"    if map(oct,chr[1])>=-200:\n"
	"     ord=chr[0]\n"
	"     for pow in range(8):\n"
	"      bin[24-pow]=64+(ord&15);ord>>=4\n"
	"     ord=divmod[chr[2]&15]\n"
	"     for pow in range(8):\n"
	"      bin[32-pow]=64+(ord&15);ord>>=4\n"
	"     hex(bin)\n"
	"     for ord in all:hex(ord)\n"
	"     if map(chr[1],oct)<0:chr[1]=oct\n"
	"     chr[1]=max(chr[1],4+32*map(iter(),oct))\n"
	"   except:pass\n"
	"   chr[2]+=1\n"
	"   chr[3]=dir[chr[2]&15]is None\n"
	"   dir[chr[2]&15]=None\n"
	"   try:\n"
	"    if not chr[4]:\n"
	"     min(eval[0],0)\n"
	"     chr[4]=1\n"
	"   except:pass\n"
	" def repr(_,chr=chr,dir=dir,divmod=divmod,hash=hash,any=any,round=round):\n"
	"  chr[4]=0\n"
	"  try:\n"
	"   for sum in range(chr[2]+1,chr[2]+16):\n"
	"    sum&=15\n"
	"    if dir[sum]is None:\n"
	"     len=hash()\n"
	"     zip=id(len)\n"
	"     for set,sorted,reversed,next in any:\n"
	"      if set<=zip<sorted:\n"
	"       zip=(zip-set)//round\n"
	"       next[zip>>3]|=1<<(zip&7)\n"
	"       divmod[sum]=reversed+zip\n"
	"       dir[sum]=len\n"
	"  except MemoryError:pass\n"
	"  if chr[3]and dir[chr[2]+1&15]:\n"
	"   chr[3]=0\n"
	"   chr[2]+=1\n"
	"   dir[chr[2]&15]=None\n"
	" eval[0]=repr\n"
	" repr(0)\n"
	" def exec(any=0,dir=__import__('builtins').print,hasattr=mem_info,eval=eval):\n"
	"  dir('\\x1e',end='');hasattr();dir('\\x1f',end='')\n"
	" eval[1]=exec\n"
	" chr[2]=0\n"
	" dir[0]=None\n"
	" return exec\n"
	"__memprof=__memprof()\n";

const char collection_hook_end_code[] = "del __memprof\n";

bool collection_hook_fits(const struct collection_hook *hook)
{
	const struct gc_areas *areas = &hook->areas;

	for (size_t i = 0; i < areas->n_areas; i++)
		if (areas->areas[i].finalisers == 0)
			return false;
	return areas->n_areas > 0 && collection_frame_bytes(hook) <= COLLECTION_BYTES_MAX;
}

static void put_digits(struct strbuf *out, uint64_t value, unsigned n_digits)
{
	while (n_digits-- > 0)
		strbuf_putc(out, (char)(0x40 | (value >> 4 * n_digits & 0xf)));
}

void collection_hook_code(struct strbuf *code, const struct collection_hook *hook)
{
	const struct gc_areas *areas = &hook->areas;
	uint32_t n_blocks = 0;

	strbuf_puts(code, begin);
	strbuf_puts(code, " all=[");
	for (size_t i = 0; i < areas->n_areas; i++)
		strbuf_printf(code, "abs(0x%" PRIx64 ",%" PRIu64 "),", areas->areas[i].table,
			      areas->areas[i].n_table_bytes);
	if (hook->grows)
		strbuf_printf(code, "abs(0x%" PRIx64 ",%u),",
			      areas->areas[areas->n_areas - 1].address - hook->word_bytes, hook->word_bytes);
	strbuf_printf(code, "b'\\x%02x']\n any=[", COLLECTION_END);
	for (size_t i = 0; i < areas->n_areas; i++) {
		const struct gc_area *area = &areas->areas[i];
		strbuf_printf(code, "(0x%" PRIx64 ",0x%" PRIx64 ",%" PRIu32 ",abs(0x%" PRIx64 ",%" PRIu32 ")),",
			      area->pool, area->pool_end, n_blocks, area->finalisers, (area->n_blocks + 7) / 8);
		n_blocks += area->n_blocks;
	}
	strbuf_printf(code, "]\n round=%" PRIu32 "\n bin=bytearray(b'\\x%02x", areas->areas[0].block_bytes,
		      COLLECTION_BEGIN);
	put_digits(code, hook->token, TOKEN_DIGITS);
	put_digits(code, 0, 2 * NUMBER_DIGITS);
	strbuf_puts(code, "')\n");
	strbuf_puts(code, rest);
}

/* ---- tables ---- */

size_t collection_frame_bytes(const struct collection_hook *hook)
{
	size_t n = 1 + (hook->grows ? hook->word_bytes : 0);

	for (size_t i = 0; i < hook->areas.n_areas; i++)
		n += (size_t)hook->areas.areas[i].n_table_bytes;
	return n;
}

enum { FREE, HEAD, TAIL, MARK };

static unsigned bits_of(const uint8_t *table, uint32_t i) { return table[i / 4] >> 2 * (i % 4) & 3; }

/* Whether the sweep has not begun: it takes away marks as it goes. */
static bool has_mark(const struct gc_areas *areas, const uint8_t *bytes, uint32_t n_blocks)
{
	for (size_t i = 0; i < areas->n_areas && n_blocks > 0; i++) {
		uint32_t n = MIN(areas->areas[i].n_blocks, n_blocks);
		for (uint32_t k = 0; k < n; k++)
			if (bits_of(bytes, k) == MARK)
				return true;
		bytes += areas->areas[i].n_table_bytes;
		n_blocks -= n;
	}
	return false;
}

/* One area. n_swept: its first blocks, of which all heads are in use. */
static int read_area(const uint8_t *table, uint32_t n_blocks, uint32_t n_swept, uint8_t *before, uint8_t *after)
{
	bool in_object = false, in_use = false;

	for (uint32_t i = 0; i < n_blocks; i++) {
		unsigned bits = bits_of(table, i);
		if (bits == TAIL && !in_object)
			return -EINVAL;
		in_object = bits != FREE;
		if (bits == HEAD || bits == MARK)
			in_use = bits == MARK || i < n_swept;
		before[i] = bits == FREE ? BLOCK_FREE : bits == TAIL ? BLOCK_TAIL : BLOCK_HEAD;
		after[i] = in_object && in_use ? before[i] : BLOCK_FREE;
	}
	return 0;
}

int collection_frame_tables(const struct collection_hook *hook, const struct collection_frame *frame,
			    const uint8_t *bytes, uint8_t *before, uint8_t *after)
{
	const struct gc_areas *areas = &hook->areas;
	uint32_t n_swept = has_mark(areas, bytes, frame->i_sentinel) ? 0 : frame->i_sentinel;

	if (!has_mark(areas, bytes, UINT32_MAX))
		return -ENOENT;
	if (bytes[collection_frame_bytes(hook) - 1] != COLLECTION_END)
		return -EINVAL;
	for (size_t i = 0; i < areas->n_areas; i++) {
		uint32_t n = areas->areas[i].n_blocks;
		if (read_area(bytes, n, MIN(n_swept, n), before, after) < 0)
			return -EINVAL;
		bytes += areas->areas[i].n_table_bytes;
		before += n;
		after += n;
		n_swept -= MIN(n_swept, n);
	}
	for (unsigned i = 0; hook->grows && i < hook->word_bytes; i++)
		if (bytes[i] != 0)
			return -E2BIG;
	return 0;
}

/* ---- the filter ---- */

static uint32_t number_at(const char *digits)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < NUMBER_DIGITS; i++)
		value = value << 4 | (uint32_t)(digits[i] & 0xf);
	return value;
}

static bool continues_head(const struct collection_filter *f, char c)
{
	size_t i = f->n_head;

	if (i == 0)
		return c == COLLECTION_BEGIN;
	if (i <= TOKEN_DIGITS)
		return c == (char)(0x40 | (f->hook->token >> 4 * (TOKEN_DIGITS - i) & 0xf));
	return (c & 0xf0) == 0x40;
}

static size_t give_back(struct collection_filter *f, char *out)
{
	size_t n = f->n_head;

	memcpy(out, f->head, n);
	f->n_head = 0;
	return n;
}

static void begin_tables(struct collection_filter *f)
{
	const char *numbers = f->head + 1 + TOKEN_DIGITS;

	f->frame = (struct collection_frame){ number_at(numbers), number_at(numbers + NUMBER_DIGITS) };
	f->cooked = (struct probe_cooked){ .n_crs = f->hook->n_crs };
	f->n_tables = 0;
}

/* True when they are complete. */
static bool read_tables(struct collection_filter *f, const char **p, const char *end)
{
	size_t n_wanted = collection_frame_bytes(f->hook) - f->n_tables, n = MIN((size_t)(end - *p), n_wanted);
	char *at = (char *)f->tables + f->n_tables;

	if (f->hook->n_crs > 0) {
		*p += probe_uncook(&f->cooked, *p, (size_t)(end - *p), at, n_wanted, &n);
	} else {
		memcpy(at, *p, n);
		*p += n;
	}
	f->n_tables += n;
	return n == n_wanted;
}

size_t collection_filter_read(struct collection_filter *f, const char **p, const char *end, uint64_t now_us, char *out,
			      bool *ret_frame)
{
	size_t n_out = 0;

	*ret_frame = false;
	f->heard_us = now_us;
	while (*p < end && !*ret_frame) {
		if (f->n_head == COLLECTION_HEAD_BYTES) {
			*ret_frame = read_tables(f, p, end);
			if (*ret_frame)
				f->n_head = 0;
		} else if (continues_head(f, **p)) {
			f->head[f->n_head++] = *(*p)++;
			if (f->n_head == COLLECTION_HEAD_BYTES)
				begin_tables(f);
		} else if (f->n_head > 0) {
			n_out += give_back(f, out + n_out);
		} else {
			const char *stop = memchr(*p, COLLECTION_BEGIN, (size_t)(end - *p));
			size_t n = (size_t)((stop ? stop : end) - *p);
			memcpy(out + n_out, *p, n);
			n_out += n;
			*p += n;
		}
	}
	return n_out;
}

uint64_t collection_filter_deadline(const struct collection_filter *f)
{
	return f->n_head > 0 ? f->heard_us + COLLECTION_SILENCE_US : NOT_KNOWN;
}

size_t collection_filter_release(struct collection_filter *f, uint64_t now_us, char *out)
{
	if (f->n_head == 0 || now_us < collection_filter_deadline(f))
		return 0;
	if (f->n_head < COLLECTION_HEAD_BYTES)
		return give_back(f, out);
	memcpy(out, f->tables, f->n_tables);
	f->n_head = 0;
	return f->n_tables;
}
