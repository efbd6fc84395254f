#include "memprof/protocol/unittest_hook.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/protocol/collection_hook.h"
#include "repl/printed_list.h"

/* ---- the code ---- */

/* G: the program's globals. C: the hook of collections, which counts them. X: the values of a frame. */
static const char begin[] =
	"def __memprof_t():\n"
	" import gc,unittest\n"
	" try:from micropython import mem_info\n"
	" except ImportError:mem_info=None\n"
	" try:from time import ticks_us,ticks_diff\n"
	" except ImportError:\n"
	"  def ticks_us():return 0\n"
	"  def ticks_diff(a,b):return -1\n"
	" G=globals()\n"
	" X=[0]*7\n";
static const char counted[] =
	" snapshot=None\n"
	" def C(k):return G['__memprof'](k)\n";
static const char uncounted[] =
	" try:from memprof import snapshot\n"
	" except ImportError:snapshot=None\n"
	" def C(k):return -1\n";

/* E: prints a frame: k as in enum unittest_at, name, outcome, exception. An agent takes a snapshot before it, so
 * that what it counts begins and ends with the test, and all that it has to report comes first. It collects twice: for
 * the tables, and to see how long that takes without them.
 *
 * W: puts itself around a test. n: failures that were noted so far, as those of subTest raise nothing. D: the tests by
 * what was put around them, as a class inherits such ones. K: what a class or its bases have under a name, as getattr
 * makes a function of a static method. S[0]: tests were added; S[1]: the hook is gone; S[2]: a test runs, and what it
 * calls is a part of it; S[3]: SystemExit came out of one. */
static const char rest[] =
	" def E(k,n,r,m):\n"
	"  if k&1:X[3]=ticks_diff(ticks_us(),X[3])\n"
	"  else:\n"
	"   C(" COLLECTION_HOOK_EACH
	")\n"
	"   gc.collect()\n"
	"   C(" COLLECTION_HOOK_NONE
	")\n"
	"   X[3]=ticks_us()\n"
	"   gc.collect()\n"
	"   X[3]=ticks_diff(ticks_us(),X[3])\n"
	"  X[1]=C(" COLLECTION_HOOK_RATED
	")\n"
	"  X[2]=gc.mem_alloc()\n"
	"  if snapshot:snapshot()\n"
	"  X[0]=k;X[4]=r;X[5]=n;X[6]=m\n"
	"  print('\\x1etest',end='')\n"
	"  print(X)\n"
	"  X[5]=X[6]=None\n"
	"  if not k&1 and mem_info:mem_info()\n"
	"  print('\\x1f',end='')\n"
	"  X[3]=ticks_us()\n"
	" def F():return getattr(getattr(unittest,'__test_result__',None),'_newFailures',0)\n"
	" def W(name,f):\n"
	"  def test(*a,**k):\n"
	"   if S[1]or S[2]:return f(*a,**k)\n"
	"   E(0,name,0,None)\n"
	"   S[2]=1\n"
	"   r=2\n"
	"   m=None\n"
	"   try:\n"
	"    n=F()\n"
	"    v=f(*a,**k)\n"
	"    if F()==n:r=0\n"
	"    else:m='in subTest'\n"
	"    return v\n"
	"   except BaseException as e:\n"
	"    if isinstance(e,unittest.SkipTest):r=1\n"
	"    if isinstance(e,SystemExit):S[3]=1\n"
	"    try:\n"
	"     m=str(e)\n"
	"     if r!=1:m=type(e).__name__+(m and': '+m)\n"
	"     m=m[:200]\n"
	"    except Exception:pass\n"
	"    raise\n"
	"   finally:\n"
	"    S[2]=0\n"
	"    E(1,name,r,m)\n"
	"    m=None\n"
	"    E(2,name,0,None)\n"
	"  return test\n"
	" class T:\n"
	"  def __init__(s,f):\n"
	"   s.__name__=getattr(f,'__name__','test')\n"
	"   s.f=W(s.__name__,f)\n"
	"  def __call__(s):return s.f()\n"
	" def K(c,n):\n"
	"  d=getattr(c,'__dict__',{})\n"
	"  if n in d:return d[n]\n"
	"  for b in getattr(c,'__bases__',()):\n"
	"   d=K(b,n)\n"
	"   if d is not None:return d\n"
	" def wrap(o,c):\n"
	"  for n in dir(o):\n"
	"   f=getattr(o,n)\n"
	"   if(n[:4]=='test'or n=='runTest')and callable(f):\n"
	"    f=D.get(id(f),(f,f))[1]\n"
	"    w=W(c.__name__+'.'+n,f)\n"
	"    D[id(w)]=w,f\n"
	"    if o is c and(type(K(c,n))in(staticmethod,classmethod)or hasattr(f,'__call__')):w=staticmethod(w)\n"
	"    setattr(o,n,w)\n"
	" S=[0,0,0,0]\n"
	" D={}\n"
	" A=unittest.TestSuite.addTest\n"
	" M=unittest.main\n"
	" def add(s,c):\n"
	"  S[0]=1\n"
	"  if isinstance(c,type):wrap(c,c)\n"
	"  elif isinstance(c,unittest.TestCase):wrap(c,type(c))\n"
	"  elif callable(c):c=T(c)\n"
	"  return A(s,c)\n"
	" def main(*a,**k):\n"
	"  S[0]=1\n"
	"  try:\n"
	"   r=M(*a,**k)\n"
	"   if hasattr(r,'wasSuccessful')and not r.wasSuccessful():E(3,'',2,None)\n"
	"   return r\n"
	"  except SystemExit as e:\n"
	"   if e.args and e.args[0]:E(3,'',2,'SystemExit'if S[3]else None)\n"
	" unittest.TestSuite.addTest=add\n"
	" unittest.main=main\n"
	" def end(k=0):\n"
	"  if k:\n"
	"   unittest.TestSuite.addTest=A\n"
	"   unittest.main=M\n"
	"   S[1]=1\n"
	"  elif not S[0]:\n"
	"   for n,c in list(G.items()):\n"
	"    if isinstance(c,type)and issubclass(c,unittest.TestCase)and c is not unittest.TestCase or n[:4]=='test'and "
	"callable(c):return main()\n"
	" return end\n"
	"__memprof_t=__memprof_t()\n";

const char unittest_hook_run_code[] = "\n__memprof_t()\n";
const char unittest_hook_end_code[] =
	"try:__memprof_t(1)\n"
	"except Exception:pass\n"
	"try:del __memprof_t\n"
	"except NameError:pass\n";

void unittest_hook_code(struct strbuf *code, bool counts)
{
	strbuf_puts(code, begin);
	strbuf_puts(code, counts ? counted : uncounted);
	strbuf_puts(code, rest);
}

/* ---- its output ---- */

static const char frame_begin[] = "test[";

bool unittest_frame_may_be(const char *text, size_t n_bytes)
{
	return n_bytes <= UNITTEST_FRAME_MAX_BYTES &&
	       memcmp(text, frame_begin, MIN(n_bytes, sizeof(frame_begin) - 1)) == 0;
}

/* "test[1, 3, 5424, -1, 2, 'TestNet.test_read', 'OSError: 5']" */
int unittest_frame_read(const char *text, size_t n_bytes, struct unittest_frame *ret, size_t *ret_n)
{
	struct printed_list s = { text, text + n_bytes };
	struct unittest_frame frame = { .at = UNITTEST_BEGINS };
	uint64_t at, outcome;

	if (!printed_skip(&s, frame_begin) || !printed_number(&s, &at) || !printed_skip(&s, ", ") ||
	    !printed_count(&s, &frame.n_collections) || !printed_skip(&s, ", ") ||
	    !printed_number(&s, &frame.used_bytes) || !printed_skip(&s, ", ") || !printed_count(&s, &frame.took_us) ||
	    !printed_skip(&s, ", ") || !printed_number(&s, &outcome) || !printed_skip(&s, ", ") ||
	    !printed_text(&s, frame.name, sizeof(frame.name)) || !printed_skip(&s, ", ") ||
	    (!printed_skip(&s, "None") && !printed_text(&s, frame.message, sizeof(frame.message))))
		return -EINVAL;
	if (!printed_end(&s) || at > UNITTEST_SUITE_FAILED || outcome > UNITTEST_FAILED)
		return -EINVAL;
	frame.at = (enum unittest_at)at;
	frame.outcome = (enum unittest_outcome)outcome;
	*ret = frame;
	*ret_n = (size_t)(s.p - text);
	return 0;
}
