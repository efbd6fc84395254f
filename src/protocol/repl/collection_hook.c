/* The hook's Python. What it sends is read in collection_filter.c. */
#include "collection_hook.h"

#include <inttypes.h>

#include "memprof/base/number.h"

/* ---- the code ---- */

/* Names of builtins are reused as variables: they are in the flash of every firmware, so none is interned, which would
 * make all that the program does with strings slower.
 *
 * bin: a frame's head; round, str: bytes of a block, a word; bool: whether the first word is the next area's address;
 * type: bytes of a structure, from that word to the end of its pool; object: bytes of tables that may be sent; pow:
 * hook.rest. */
static const char begin[] =
	"def __memprof():\n"
	" import sys,uctypes\n"
	" if sys.platform in('esp32','zephyr'):raise OSError\n"
	" from micropython import mem_info,schedule\n"
	" abs=uctypes.bytearray_at\n";

/* chr: collections; when the next frame is allowed; the number of the armed sentinel; whether there was
 * none to arm; whether eval[0] is scheduled, at most once, as the queue is the program's; 1: no frames now, 2: one
 * of each collection; hook.rest; a burst goes on; calls of tuple.__del__ since hash.__del__; the reverse; the number of
 * the armed reserve; the block of the armed sentinel; the addresses of the armed sentinel and of the armed reserve;
 * room.
 * dir, divmod, callable: prepared sentinels, their blocks and addresses; isinstance, issubclass: prepared reserves and
 * their addresses. eval: what prepares them; what the global name must be, 0 when no more frames come; a pair of lists
 * of areas: structure, copy of it, table; and address before the blocks, address before their end, number of blocks in
 * all areas before it, finaliser bits; such a pair of no areas. A word that is the address of a block would keep it, so
 * the copy is one byte off.
 *
 * If the global name is another, the hook is garbage itself, and about to be freed: nothing may keep a part of it.
 * After a frame none is sent for as many times its duration as hook.rest says, but the next one may come up to 200 ms
 * early. Without a clock, every collection has one at first, later only one in as many as an eighth of those before it.
 * What a finaliser or a scheduled function raises would be printed, and a closure is called through memory of the heap,
 * so these are none.
 *
 * A collection frees an area that it empties, and any allocation may collect. Only the first structure is always there;
 * if it is as it was, so is the next one, whose address it has, and so on (all). So everything that is needed is made
 * before that check, and memory is read or written right after it. list finds the areas: when they have changed, and at
 * every 16th collection, as what it made while the heap was full would keep the last area.
 *
 * A last frame without areas says that no more come: they have grown too large, or no sentinel could be allocated for
 * sixteen collections. Ports that let other threads run while one prints (mp_hal_stdout_tx_strn of ESP32 and Zephyr)
 * have none: those would allocate between mark and sweep, and the sweep would free it. */
static const char lists[] =
	" chr=[0,0,-1,0,0,0,pow,0,0,0,0,0,0,0,0]\n"
	" try:from time import ticks_ms,ticks_diff,ticks_add\n"
	" except ImportError:\n"
	"  def ticks_ms():return chr[0]\n"
	"  def ticks_diff(max,b):return max-b\n"
	"  def ticks_add(max,b):return 201+chr[0]+(chr[0]>>3)\n"
	" chr[1]=ticks_ms()\n"
	" dir=[None]*16\n"
	" isinstance=[None]*16\n"
	" divmod=[0]*16\n"
	" callable=[0]*16\n"
	" issubclass=[0]*16\n"
	" eval=[0,0,((),()),((),())]\n"
	" hex=getattr(sys.stdout,'buffer',sys.stdout).write\n"
	" def all(any):\n"
	"  for bin,hex,oct in any:\n"
	"   if bin!=hex:return 0\n"
	"  return 1\n"
	" def oct(any,sum):return int.from_bytes(any[sum*str:sum*str+str],'little')\n"
	" def list(any):\n"
	"  set=[]\n"
	"  dict=[]\n"
	"  sum=0\n"
	"  while any:\n"
	"   ord=abs(any,type)\n"
	"   pow=memoryview(bytearray(type+1))[1:]\n"
	"   if not all(set):return\n"
	"   for len in range(type):pow[len]=ord[len]\n"
	"   zip=oct(pow,bool+1)\n"
	"   set.append((ord,pow,abs(oct(pow,bool),zip)))\n"
	"   dict.append((oct(pow,type//str-2)-1,oct(pow,type//str-1)-1,4*sum,abs(oct(pow,bool+2),zip+1>>1)))\n"
	"   sum+=zip\n"
	"   if sum>object or set[32:]:\n"
	"    bin[-1]=64\n"
	"    eval[2]=eval[3]\n"
	"    return\n"
	"   any=bool and oct(pow,0)\n"
	"  eval[2]=set,dict\n";

/* A sentinel or a reserve may be kept until another one is armed in its place, and be freed later. Its finaliser does
 * nothing then. Which one is armed is told by its address, of which 30 bits are kept: as a small integer that keeps no
 * block. On a board whose addresses are larger, id() allocates, and raises here: each counts as the armed one. */
#define RETURN_IF_LATE(armed)               \
	"   try:\n"                         \
	"    if id(len)&0x3fffffff!=" armed \
	":return\n"                         \
	"   except:pass\n"

static const char tables_finaliser[] =
	" class hash:\n"
	"  def __del__(len,bin=bin,callable=callable,chr=chr,dir=dir,divmod=divmod,eval=eval,hex=hex,id=id,isinstance=isinstance,issubclass=issubclass,iter=ticks_ms,map=ticks_diff,max=ticks_add,min=schedule,next=globals()):\n"
	"   if next.get('__memprof')is not eval[1]:return\n"
	RETURN_IF_LATE("chr[12]")
	"   chr[0]+=1\n"
	"   oct=iter()\n"
	"   try:\n"
	"    if chr[5]!=1 and(chr[5]or map(oct,chr[1])>=-200):\n"
	"     for pow,ord,sum in eval[2][0]:\n"
	"      if pow!=ord:break\n"
	"     else:\n"
	"      ord=chr[0]\n"
	"      for pow in range(8):\n"
	"       bin[24-pow]=64+(ord&15);ord>>=4\n"
	"      ord=chr[11]\n"
	"      for pow in range(8):\n"
	"       bin[32-pow]=64+(ord&15);ord>>=4\n"
	"      hex(bin)\n"
	"      for pow,ord,sum in eval[2][0]:hex(pow);hex(sum)\n"
	"      hex(b'\\x1f')\n"
	"      if bin[-1]<65:eval[1]=0\n"
	"      if not chr[5]:\n"
	"       if map(chr[1],oct)<0:chr[1]=oct\n"
	"       chr[1]=max(chr[1],4+chr[6]*map(iter(),oct))\n"
	"   except:pass\n";

/* A stop instead: the sentinel's block and the number of the stop in its burst, the bytes of the stack that are in use,
 * then the commands of a probe (probe.c) until its end. In a burst each allocation collects first, as long as there are
 * sentinels, unless the host leaves the stop with COLLECTION_NO_BURST; then the next ones are prepared, and as many
 * bytes are allocated as one of sixteen thresholds has, at random, so that no program is in step with it.
 *
 * super, slice: a bytearray and its header, which are what is sent; bytes: a command; float: the thresholds; chr[1]:
 * the last random number; chr[6]: the number of the stop; chr[14]: room for the prompt. A program that has filled the
 * heap leaves none: to compile a line, the prompt collects, the host ends the samples at that stop, and the next
 * collection has the room. One that ends by itself frees it. */
static const char samples_begin[] =
	" from micropython import stack_use\n"
	" from gc import threshold\n"
	" super=bytearray(1)\n"
	" slice=abs(id(super)+2*str,2*str)\n"
	" bytes=bytearray(4*str+1)\n"
	" input=getattr(sys.stdin,'buffer',sys.stdin).readinto\n";
static const char samples_finaliser[] =
	" class hash:\n"
	"  def __del__(len,abs=super,any=slice,bin=bin,bytes=bytes,callable=callable,chr=chr,dir=dir,divmod=divmod,eval=eval,float=float,hex=hex,id=id,isinstance=isinstance,issubclass=issubclass,iter=stack_use,map=threshold,min=schedule,next=globals(),set=input,str=str):\n"
	"   if next.get('__memprof')is not eval[1]:return\n"
	RETURN_IF_LATE("chr[12]")
	"   chr[0]+=1\n"
	"   try:\n"
	"    if chr[5]!=1:\n"
	"     bin[24]=64+chr[6]\n"
	"     ord=chr[11]\n"
	"     for pow in range(7):\n"
	"      bin[23-pow]=64+(ord&15);ord>>=4\n"
	"     ord=iter()\n"
	"     for pow in range(8):\n"
	"      bin[32-pow]=64+(ord&15);ord>>=4\n"
	"     hex(bin)\n"
	COLLECTION_HOOK_SERVE("     ")
	"     chr[6]=chr[7]=(chr[6]+1)%15*(dir[chr[2]+1&15]is not None)*(not any[str])\n"
	"     map(0 if chr[6]else-1)\n"
	"   except:\n"
	"    eval[1]=0\n"
	"    chr[14]=0\n"
	"    map(-1)\n"
	"    hex(b'\\x1f')\n";

/* A word of the stack that nothing uses may look like the address of an armed sentinel, for as long as the program is
 * in that function. So a reserve is armed with it. If two collections free a reserve and no sentinel, the next sentinel
 * is armed, and the reverse; a collection without a stop counts as one of its burst. */
static const char rest[] =
	"   chr[8]=0\n"
	"   chr[9]+=1\n"
	"   if chr[9]>1:\n"
	"    chr[9]=0\n"
	"    chr[10]+=1\n"
	"    chr[13]=issubclass[chr[10]&15]\n"
	"    isinstance[chr[10]&15]=None\n"
	"   chr[2]+=1\n"
	"   chr[3]=dir[chr[2]&15]is None\n"
	"   chr[11]=divmod[chr[2]&15]\n"
	"   chr[12]=callable[chr[2]&15]\n"
	"   dir[chr[2]&15]=None\n"
	"   try:\n"
	"    if not(chr[4]or chr[7]):\n"
	"     min(eval[0],0)\n"
	"     chr[4]=1\n"
	"   except:\n"
	"    if chr[3]:\n"
	"     eval[1]=0\n"
	"     bin[-1]=64\n"
	"     hex(bin);hex(b'\\x1f')\n"
	" class tuple:\n"
	"  def __del__(len,callable=callable,chr=chr,dir=dir,divmod=divmod,eval=eval,id=id,isinstance=isinstance,issubclass=issubclass,next=globals()):\n"
	"   if next.get('__memprof')is not eval[1]:return\n"
	RETURN_IF_LATE("chr[13]")
	"   chr[9]=0\n"
	"   chr[8]+=1\n"
	"   if chr[8]>1:\n"
	"    chr[8]=0\n"
	"    chr[2]+=1\n"
	"    chr[11]=divmod[chr[2]&15]\n"
	"    chr[12]=callable[chr[2]&15]\n"
	"    dir[chr[2]&15]=None\n"
	"    chr[6]+=0<chr[6]<14\n"
	"   chr[10]+=1\n"
	"   chr[13]=issubclass[chr[10]&15]\n"
	"   isinstance[chr[10]&15]=None\n"
	" open=(dir,hash,divmod,callable),(isinstance,tuple,issubclass,issubclass)\n";

static const char tables_preparer[] =
	" def repr(_,all=all,bin=bin,callable=callable,chr=chr,dir=dir,divmod=divmod,eval=eval,filter=filter,hex=hex,id=id,list=bool and list,open=open,round=round):\n";
static const char samples_preparer[] =
	" def repr(_,all=all,bin=bin,callable=callable,chr=chr,dir=dir,divmod=divmod,eval=eval,filter=filter,float=float,hex=hex,id=id,list=bool and list,map=threshold,open=open,round=round):\n";
static const char preparer[] =
	"  chr[4]=0\n"
	"  try:\n"
	"   any=all(eval[2][0])and chr[0]&15\n"
	"   if list and not any:list(filter)\n"
	"   for dict,hash,ord,pow in open:\n"
	"    for sum in range(chr[2]+1,chr[2]+17):\n"
	"     sum&=15\n"
	"     len=dict[sum]\n"
	"     if len and any:continue\n"
	"     object=len or hash()\n"
	"     zip=id(object)\n"
	"     for set,sorted,reversed,next in eval[2][1]:\n"
	"      if set<zip<sorted:\n"
	"       zip=(zip-set)//round\n"
	"       if all(eval[2][0]):\n"
	"        next[zip>>3]|=1<<(zip&7)\n"
	"        ord[sum]=reversed+zip\n"
	"        pow[sum]=id(object)&0x3fffffff\n"
	"        if not len:dict[sum]=object\n"
	"  except:pass\n"
	"  if chr[3]:\n"
	"   chr[3]=0\n"
	"   chr[2]+=1\n"
	"   chr[11]=divmod[chr[2]&15]\n"
	"   chr[12]=callable[chr[2]&15]\n"
	"   if not dir[chr[2]&15]and eval[1]:\n"
	"    eval[1]=0\n"
	"    bin[-1]=64\n"
	"    try:hex(bin);hex(b'\\x1f')\n"
	"    except:pass\n"
	"   dir[chr[2]&15]=None\n";
/* The next burst may come. */
static const char samples_prepared[] =
	"  if not(chr[5]==1 or chr[7]):\n"
	"   chr[1]=chr[1]*20077+12345&32767\n"
	"   map(float[chr[1]>>11])\n";

static const char prepare[] =
	" eval[0]=repr\n"
	" list(filter)\n"
	" eval[2][0][0]\n"
	" repr(0)\n";

static const char tables_exec[] =
	" def exec(any=0,dir=__import__('builtins').print,hasattr=mem_info,eval=eval,chr=chr):\n"
	"  if any>1:\n"
	"   chr[5]=any-2\n"
	"   return chr[0]\n"
	"  dir('\\x1e',end='');hasattr();dir('\\x1f',end='')\n";

/* The threshold is the hook's while there are samples. */
static const char samples_exec[] =
	" print(id(super),id(hash.__del__),id(tuple.__del__),id(repr))\n"
	" def exec(any=0,dir=__import__('builtins').print,hasattr=mem_info,eval=eval,chr=chr,float=float,map=threshold):\n"
	"  if any>1:\n"
	"   if any<4:chr[14]=0\n"
	"   if chr[5]!=any-2:\n"
	"    chr[5]=any-2\n"
	"    map(chr[5]-1 and float[chr[1]>>11]or-1)\n"
	"   return chr[0]\n"
	"  dir('\\x1e',end='');hasattr();dir('\\x1f',end='')\n";

static const char rest_end[] =
	" eval[1]=exec\n"
	" chr[2]=0\n"
	" chr[11]=divmod[0]\n"
	" chr[12]=callable[0]\n"
	" chr[13]=issubclass[0]\n"
	" dir[0]=isinstance[0]=None\n"
	" return exec\n"
	"__memprof=__memprof()\n";

/* Slots of the scheduler's queue keep what they held; so that, too, is replaced. const() returns its argument. */
const char collection_hook_end_code[] =
	"del __memprof\n"
	"(lambda m:[m.schedule(m.const,0)for _ in b'12345678'])(__import__('micropython'))\n";

static void put_digits(struct strbuf *out, uint64_t value, unsigned n_digits)
{
	while (n_digits-- > 0)
		strbuf_putc(out, (char)(0x40 | (value >> 4 * n_digits & 0xf)));
}

void collection_hook_head(struct strbuf *code, const struct collection_hook *hook)
{
	strbuf_printf(code, " bin=bytearray(b'\\x%02x", COLLECTION_BEGIN);
	put_digits(code, hook->token, HEAD_TOKEN_DIGITS);
	put_digits(code, 0, 2 * HEAD_NUMBER_DIGITS);
	put_digits(code, hook->asks ? HEAD_ASKS : HEAD_TABLES, 1);
	strbuf_puts(code, "')\n");
}

static void put_thresholds(struct strbuf *code, const struct collection_hook *hook)
{
	strbuf_puts(code, samples_begin);
	strbuf_puts(code, " float=");
	for (unsigned i = 0; i < COLLECTION_N_STEPS; i++)
		strbuf_printf(code, "%s%" PRIu64, i ? "," : "(", collection_hook_threshold(hook, i));
	strbuf_printf(code, ")\n chr[1]=%" PRIu64 "\n chr[5]=1\n chr[6]=0\n", hook->token & 32767);
}

uint64_t collection_hook_step(uint64_t mean, unsigned i)
{
	/* -log(1 - (i + 0.5) / 16), and of the last one what makes their mean 1. */
	static const double quantiles[COLLECTION_N_STEPS] = { 0.0317, 0.0984, 0.1699, 0.2469, 0.3302, 0.4212,
							      0.5213, 0.6325, 0.7577, 0.9008, 1.0678, 1.2685,
							      1.5198, 1.8563, 2.3671, 3.8099 };

	return (uint64_t)((double)mean * quantiles[i]);
}

uint64_t collection_hook_threshold(const struct collection_hook *hook, unsigned i)
{
	/* What is prepared for a burst is allocated, too. */
	return collection_hook_step(hook->step_bytes, i) + 2 * (uint64_t)COLLECTION_BURST * hook->layout.block_bytes;
}

void collection_hook_code(struct strbuf *code, const struct collection_hook *hook)
{
	const struct gc_layout *layout = &hook->layout;

	strbuf_puts(code, begin);
	collection_hook_head(code, hook);
	strbuf_printf(code, " filter=0x%" PRIx64 "\n bool=%d\n round=%u\n str=%u\n type=%zu\n object=%zu\n pow=%u\n",
		      layout->address + (layout->chained ? 0 : layout->word_bytes), layout->chained,
		      layout->block_bytes, layout->word_bytes, collection_hook_area_bytes(hook), hook->bytes_max,
		      hook->rest);
	strbuf_puts(code, lists);
	if (hook->asks)
		put_thresholds(code, hook);
	strbuf_puts(code, hook->asks ? samples_finaliser : tables_finaliser);
	strbuf_puts(code, rest);
	strbuf_puts(code, hook->asks ? samples_preparer : tables_preparer);
	strbuf_puts(code, preparer);
	if (hook->asks)
		strbuf_puts(code, samples_prepared);
	strbuf_puts(code, prepare);
	if (hook->room_words > 0) /* the last that is wanted */
		strbuf_printf(code, " try:chr[14]=[None]*%u\n except MemoryError:pass\n", hook->room_words);
	strbuf_puts(code, hook->asks ? samples_exec : tables_exec);
	strbuf_puts(code, rest_end);
}

/* ---- its limits ---- */

size_t collection_bytes_max(double bytes_per_s)
{
	double n = bytes_per_s * COLLECTION_BYTES_SLOW / (115200 / 10.0);

	return n < COLLECTION_BYTES_SLOW ? COLLECTION_BYTES_SLOW :
	       n > COLLECTION_BYTES_MAX  ? COLLECTION_BYTES_MAX :
					   (size_t)n;
}

const char *collection_hook_lacks(const struct collection_hook *hook, const struct gc_areas *areas)
{
	for (size_t i = 0; i < areas->n_areas; i++)
		if (areas->areas[i].finalisers == 0)
			return "its firmware has no finalisers";
	uint64_t n = gc_areas_table_bytes(areas);
	return n > COLLECTION_BYTES_MAX ? "its heap is too large" :
	       n > hook->bytes_max      ? "its heap is too large for so slow a line" :
					  NULL;
}
