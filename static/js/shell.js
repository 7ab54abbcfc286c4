// What every page runs.
import 'speechsite/values';
import 'speechsite/player';
import 'speechsite/busy';
import 'speechsite/fragments';
import 'speechsite/htmx-setup';
import 'speechsite/keys';
import 'speechsite/unsent';
