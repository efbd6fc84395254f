#include "memprof/protocol/import_hook.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/printed_list.h"

/* ---- the code ---- */

/* Sent in parts: memory used to compile a part lies below what remains of it, so small parts keep the hook out of the
 * heap's largest free block. D holds the results of the parts so far.
 *
 * Functions receive what they need as defaults of their arguments, because global names are those of the program, which
 * may use any, and closures are printed with everything they hold. */
static const char part_begin[] = "def __memprof_j(D):\n";
static const char part_end[] =
	"try:__memprof_j(__memprof_i)\n"
	"finally:del __memprof_j\n";

/* uos is the firmware's module even if the user has a file named os. L: names of built-in modules, which sys.modules
 * does not keep, and of those that memprof uses. S: depth; next index in L; disabled (1: counting of blocks, 2: all);
 * the functions themselves. */
static const char state_code[] =
	" import gc,sys,builtins\n"
	" D.i=D.t=None\n"
	" try:\n"
	"  from micropython import mem_info\n"
	"  D.i=mem_info\n"
	" except:pass\n"
	" try:\n"
	"  from uos import stat\n"
	"  D.t=stat\n"
	" except:pass\n"
	" D.b=builtins\n"
	" D.o=__import__\n"
	" D.M=sys.modules\n"
	" D.u=gc.mem_alloc\n"
	" D.c=gc.collect\n"
	" D.L=[None]*24+['gc','sys','builtins','micropython','memprof']\n"
	" D.S=[0,0,1,0,0]\n"
	" D.W=D.B=None\n";

/* Prints a frame; k is 1 at the end of an import. The __file__ of a frozen module is not a file. X: the values printed.
 */
static const char frame_code[] =
	" def E(k,n,m,r,A=D.A,B=D.B,W=D.W,u=D.u,c=D.c,i=D.i,t=D.t,p=print,g=getattr,M=D.M,L=D.L,S=D.S,X=[0]*9):\n"
	"  X[2]=u()\n"
	"  X[3]=-1 if S[2]else W(A,0,B)\n"
	"  q=0\n"
	"  w=None\n"
	"  try:\n"
	"   if k and not r:\n"
	"    m=M.get(n,m)\n"
	"    w=g(m,'__file__',w)\n"
	"    if w is None:\n"
	"     if g(m,'__path__',w)is w:\n"
	"      q=1\n"
	"      if n not in M:\n"
	"       L[S[1]]=n\n"
	"       S[1]=(S[1]+1)%24\n"
	"    elif(w+'')[-4:]=='.mpy':q=3\n"
	"    elif t:\n"
	"     q=2\n"
	"     t(w)\n"
	"     q=4\n"
	"  except:pass\n"
	"  c()\n"
	"  S[0]-=k\n"
	"  X[0]=k;X[1]=S[0];X[4]=n;X[5]=w;X[6]=q;X[7]=r;X[8]=u()\n"
	"  p('\\x1eimport',end='')\n"
	"  p(X)\n"
	"  X[4]=X[5]=None\n"
	"  S[0]+=1-k\n"
	"  if i:i()\n"
	"  p('\\x1f',end='')\n"
	"  if not S[2]:W(A,1,B)\n"
	" D.E=E\n";

/* R: the full name of a relative import, as in evaluate_relative_import (py/builtinimport.c); d is the caller's
 * globals.
 *
 * P: the name of the module to measure; or the module, if it is already loaded. Parents are imported one by one, as the
 * loader does, each with its own figures. Other threads, without a GIL, might allocate a block while it is zeroed, so
 * counting stops when _thread is imported. */
static const char prepare_code[] =
	" def R(d,n,v):\n"
	"  b=d['__name__']\n"
	"  if '__path__' in d:v-=1\n"
	"  while v>0:\n"
	"   i=b.rfind('.')\n"
	"   b=b[:i]if i>0 else ''\n"
	"   v-=1\n"
	"  return b and(b+'.'+n if n else b)\n"
	" def P(d,n,g,l,f,v,o=D.o,R=R,M=D.M,L=D.L,S=D.S,b=D.b):\n"
	"  if v:\n"
	"   d=R(d,n,v)\n"
	"   if not d:return o(n,g,l,f,v)\n"
	"   n=d\n"
	"  if S[2]>1 or n in M or n in L:return o(n,g,l,f,0)\n"
	"  if n=='\\x1e':\n"
	"   S[2]=2\n"
	"   if __import__ is S[4]:\n"
	"    if o is b.__import__:del b.__import__\n"
	"    else:b.__import__=o\n"
	"   return\n"
	"  if n=='_thread':S[2]=1\n"
	"  i=(n+'').find('.')\n"
	"  while i>0:\n"
	"   k=n[:i]\n"
	"   if k not in M and k not in L:S[3](k,None)\n"
	"   i=n.find('.',i+1)\n"
	"  return n\n"
	" D.R=R\n"
	" D.P=P\n";

/* C: measures one import. While it runs, only this function and the outer one are on the stack, which is small;
 * bytecode takes less of it than a native function with an exception handler.
 *
 * h: in a native function, globals() returns its caller's. */
static const char native_code[] = " def " IMPORTS_HOOK_NAME
				  "(k,f,o=D.o,E=D.E):\n"
				  "  E(0,k,None,0)\n"
				  "  r=1\n"
				  "  m=None\n"
				  "  try:\n"
				  "   m=o(k,None,None,f,0)\n"
				  "   r=0\n"
				  "  finally:E(1,k,m,r)\n"
				  "  return m\n"
				  " C=" IMPORTS_HOOK_NAME
				  "\n"
				  " @micropython.native\n"
				  " def h(n,g=None,l=None,f=None,v=0,G=globals,P=D.P,C=C,T=type,Y=str):\n"
				  "  k=P(G(),n,g,l,f,v)\n"
				  "  return C(k,f)if T(k)is Y else k\n";

/* Without native code: locals() returns those of the module being loaded. Q returns the name of a relative import, or a
 * list of candidates: in the package of that module, then in those of all others; the one whose module is loaded, or
 * can be, is meant. */
static const char guess_code[] =
	" def Q(d,n,g,l,f,v,o=D.o,R=D.R,M=D.M,t=getattr,P=D.P):\n"
	"  if not v:return P(d,n,g,l,f,v)\n"
	"  k=n or f[0]\n"
	"  a=[n,k]\n"
	"  for m in[d]+[t(m,'__dict__',d)for m in M.values()]:\n"
	"   x='__name__' in m and R(m,'',v)\n"
	"   if x and(x+'.'+k in M or not n and(k=='*' or t(M.get(x),k,a)is not a)):\n"
	"    return o(x+'.'+n if n else x,g,l,f,0)\n"
	"   if x and x not in a[2:]:a.append(x)\n"
	"  return a if a[2:]else o(n,g,l,f,v)\n"
	" def " IMPORTS_HOOK_NAME
	"(k,f,o=D.o,E=D.E,I=ImportError,T=type,Z=list):\n"
	"  n=1\n"
	"  a=[k]\n"
	"  if T(k)is Z:\n"
	"   n=k[0]\n"
	"   a=[x+'.'+k[1]for x in k[2:]]\n"
	"  k=a[0]\n"
	"  E(0,k,None,0)\n"
	"  r=1\n"
	"  m=None\n"
	"  try:\n"
	"   for k in a:\n"
	"    try:\n"
	"     m=o(k,None,None,f,0)\n"
	"     r=0\n"
	"     break\n"
	"    except I:\n"
	"     if k is a[-1]:raise\n"
	"  finally:E(1,k,m,r)\n"
	"  return m if n else o(k[:k.rfind('.')],None,None,f,0)\n"
	" C=" IMPORTS_HOOK_NAME
	"\n"
	" def " IMPORTS_HOOK_NAME
	"(n,g=None,l=None,f=None,v=0,G=locals,Q=Q,C=C,T=type,Y=str,Z=list):\n"
	"  k=Q(G(),n,g,l,f,v)\n"
	"  return C(k,f)if T(k)is Y or T(k)is Z else k\n"
	" h=" IMPORTS_HOOK_NAME "\n";

static const char install_code[] =
	" D.S[3]=C\n"
	" D.S[4]=D.b.__import__=h\n";

static void add_word(struct strbuf *code, const struct gc_layout *heap, unsigned i)
{
	if (heap->word_bytes == 4)
		strbuf_printf(code, "s[%u]", i);
	else
		strbuf_printf(code, "s[%u]&0xffffffff|s[%u]<<32", 2 * i, 2 * i + 1);
}

/* W walks all areas as the firmware links them. B: number and checksum of the areas zeroed last, as a growing heap also
 * gives areas back. z 0: count free blocks that are not zero, -1 if the areas changed; 1: zero all free blocks; 2:
 * count used blocks. */
static void add_walk(struct strbuf *code, const struct gc_layout *heap)
{
	unsigned n_parts = heap ? heap->block_bytes / 4 : 0;

	strbuf_printf(code, " D.A=%" PRIu64 "\n", heap ? heap->address : 0);
	if (!heap)
		return;
	strbuf_puts(code,
		    " @micropython.viper\n"
		    " def W(a:int,z:int,B:ptr32)->int:\n"
		    "  c=0\n  e=0\n  k=0\n  x=0\n"
		    "  while a:\n"
		    "   if z==0:\n"
		    "    if k==B[0]:break\n"
		    "   s=ptr32(a)\n"
		    "   t=ptr8(");
	add_word(code, heap, 1);
	strbuf_puts(code, ")\n   n=(");
	add_word(code, heap, 2);
	strbuf_puts(code, ")<<2\n   p=ptr32(");
	add_word(code, heap, heap->n_tables + 2);
	strbuf_puts(code,
		    ")\n   i=0\n"
		    "   while i<n:\n"
		    "    if(t[i>>2]>>((i&3)<<1))&3:e+=1\n"
		    "    else:\n");
	strbuf_printf(code, "     j=i*%u\n     if ", n_parts);
	for (unsigned i = 0; i < n_parts; i++)
		strbuf_printf(code, "%sp[j+%u]", i ? "|" : "", i);
	strbuf_puts(code, ":\n      c+=1\n      if z==1:\n");
	for (unsigned i = 0; i < n_parts; i++)
		strbuf_printf(code, "       p[j+%u]=0\n", i);
	strbuf_puts(code,
		    "    i+=1\n"
		    "   k+=1\n"
		    "   x^=a&0x3fffffff\n"
		    "   a=");
	if (heap->chained)
		add_word(code, heap, 0);
	else
		strbuf_putc(code, '0');
	strbuf_puts(code,
		    "\n"
		    "  if z==1:\n"
		    "   B[0]=k\n"
		    "   B[1]=x\n"
		    "  elif z==0:\n"
		    "   if B[1]!=x:c=-1\n"
		    "  return e if z==2 else c\n"
		    " D.B=bytearray(8)\n"
		    " D.W=W\n");
}

/* Removes all but the hook. No block is written to unless the used ones add up. */
static void add_begin(struct strbuf *code, const struct gc_layout *heap)
{
	strbuf_puts(code,
		    "def __memprof_j(S,A,B,W,c,u,p=print):\n"
		    " c()\n");
	if (heap)
		strbuf_printf(code,
			      " if W(A,2,B)*%u==u():\n"
			      "  S[2]=0\n"
			      "  W(A,1,B)\n",
			      heap->block_bytes);
	strbuf_puts(
		code,
		" p(S[2])\n"
		"try:__memprof_j(__memprof_i.S,__memprof_i.A,__memprof_i.B,__memprof_i.W,__memprof_i.c,__memprof_i.u)\n"
		"finally:del __memprof_i,__memprof_j\n");
}

bool imports_hook_code(struct strbuf *code, size_t i_part, const struct gc_layout *heap, bool native)
{
	const char *const parts[] = { state_code, NULL, frame_code, prepare_code, native ? native_code : guess_code };

	if (i_part > ARRAY_SIZE(parts))
		return false;
	if (i_part == ARRAY_SIZE(parts)) {
		add_begin(code, heap);
		return true;
	}
	if (i_part == 0)
		strbuf_puts(code, "class __memprof_i:pass\n");
	strbuf_puts(code, part_begin);
	if (parts[i_part])
		strbuf_puts(code, parts[i_part]);
	else
		add_walk(code, heap);
	if (i_part + 1 == ARRAY_SIZE(parts))
		strbuf_puts(code, install_code);
	strbuf_puts(code, part_end);
	return true;
}

const char imports_hook_gone_code[] = "__import__('\\x1e')";
const char imports_hook_parts_gone_code[] = "del __memprof_i";

/* ---- its output ---- */

static const char frame_begin[] = "import[";

bool imports_frame_may_be(const char *text, size_t n_bytes)
{
	return n_bytes <= IMPORTS_FRAME_MAX_BYTES &&
	       memcmp(text, frame_begin, MIN(n_bytes, sizeof(frame_begin) - 1)) == 0;
}

/* "import[1, 0, 5424, 77, 'app.net', 'app/net.py', 4, 0, 5024]" */
int imports_frame_read(const char *text, size_t n_bytes, struct imports_frame *ret, size_t *ret_n)
{
	struct printed_list s = { text, text + n_bytes };
	struct imports_frame frame = { .depth = 0 };
	uint64_t ends, depth, origin, raised;
	static const enum import_origin origins[] = {
		IMPORT_UNKNOWN, IMPORT_BUILT_IN, IMPORT_FROZEN, IMPORT_MPY, IMPORT_SOURCE,
	};

	if (!printed_skip(&s, frame_begin) || !printed_number(&s, &ends) || !printed_skip(&s, ", ") ||
	    !printed_number(&s, &depth) || !printed_skip(&s, ", ") || !printed_number(&s, &frame.used_bytes) ||
	    !printed_skip(&s, ", ") || !printed_count(&s, &frame.n_touched_blocks) || !printed_skip(&s, ", ") ||
	    !printed_text(&s, frame.name, sizeof(frame.name)) || !printed_skip(&s, ", ") ||
	    (!printed_skip(&s, "None") && !printed_text(&s, frame.file, sizeof(frame.file))) ||
	    !printed_skip(&s, ", ") || !printed_number(&s, &origin) || !printed_skip(&s, ", ") ||
	    !printed_number(&s, &raised) || !printed_skip(&s, ", ") || !printed_number(&s, &frame.collected_bytes))
		return -EINVAL;
	if (!printed_end(&s) || ends > 1 || raised > 1 || origin >= ARRAY_SIZE(origins) || depth > UINT32_MAX)
		return -EINVAL;
	frame.ends = ends;
	frame.raised = raised;
	frame.depth = (uint32_t)depth;
	frame.origin = origins[origin];
	*ret = frame;
	*ret_n = (size_t)(s.p - text);
	return 0;
}
