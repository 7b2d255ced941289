/*
 * For tests: lets calls of a stand-in fail. Included by the stand-in, which asks `fails` first.
 *
 * kqtest_fail(call, error, times) has the next `times` of these calls fail with that errno of the host, before they
 * have done anything; kqtest_failures_left(call) says how many are still to come.
 */
enum { CALL_KQUEUE, CALL_WAIT, CALL_APPLY, CALL_WAKE, CALL_CHANGE, CALL_OTHER, CALLS };

static struct {
  int error, times;
} failures[CALLS];
static pthread_mutex_t failures_lock = PTHREAD_MUTEX_INITIALIZER;

int kqtest_fail(int call, int error, int times) {
  pthread_mutex_lock(&failures_lock);
  failures[call].error = error;
  failures[call].times = times;
  pthread_mutex_unlock(&failures_lock);
  return 0;
}

int kqtest_failures_left(int call) {
  pthread_mutex_lock(&failures_lock);
  int times = failures[call].times;
  pthread_mutex_unlock(&failures_lock);
  return times;
}

/* The errno with which this call must fail; 0 if it must not. */
static int fails(int call) {
  int error = 0;
  pthread_mutex_lock(&failures_lock);
  if (failures[call].times > 0) {
    failures[call].times--;
    error = failures[call].error;
  }
  pthread_mutex_unlock(&failures_lock);
  return error;
}
