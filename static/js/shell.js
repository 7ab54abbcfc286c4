// What every page runs.
import 'speechsite/values';
import 'speechsite/player';
import 'speechsite/busy';
import 'speechsite/htmx-setup';
import 'speechsite/keys';
import 'speechsite/unsent';
