package day

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"time"
	_ "time/tzdata" // airports' time zones, wherever this runs

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// Read reads a folder. An error names the file, the line and the column.
func Read(dir fs.FS) (*Day, error) {
	r := reader{seats: map[string]int{}, zones: map[string]*time.Location{},
		flown: map[string][]time.Duration{}, known: map[vocab.FlightID]bool{}}
	if err := errors.Join(r.planes(dir), r.airports(dir), r.airlines(dir)); err != nil {
		return nil, err
	}

	flights, err := table(dir, "flights.csv", "year", "month", "day", "sched_dep_time", "dep_delay",
		"sched_arr_time", "arr_delay", "carrier", "flight", "tailnum", "origin", "dest", "minute", "time_hour")
	if err != nil {
		return nil, err
	}

	for _, row := range flights {
		r.fleet(row)
	}

	for _, row := range flights {
		r.flying(row)
	}

	d := &Day{}
	for _, row := range flights {
		f, err := r.flight(row)
		if err != nil {
			return nil, err
		}

		d.Flights = append(d.Flights, f)
	}

	if len(d.Flights) == 0 {
		return nil, errors.New("flights.csv: no flights")
	}
	slices.SortStableFunc(d.Flights, func(a, b Flight) int {
		return cmp.Or(a.ScheduledDeparture.Compare(b.ScheduledDeparture), cmp.Compare(a.ID, b.ID))
	})
	d.Date = d.Flights[len(d.Flights)/2].Date

	return d, nil
}

// A reader holds what flights need of the other files.
type reader struct {
	seats  map[string]int // by tail number
	zones  map[string]*time.Location
	fleets map[string][]int           // seats of the planes of a carrier; "" of all
	flown  map[string][]time.Duration // of airports without a zone: what their flights say of it
	known  map[vocab.FlightID]bool
}

func (r *reader) planes(dir fs.FS) error {
	rows, err := table(dir, "planes.csv", "tailnum", "seats")
	for _, row := range rows {
		if n, err := row.number("seats"); err == nil && n > 0 {
			r.seats[row.text("tailnum")] = n
		}
	}
	return err
}

func (r *reader) airports(dir fs.FS) error {
	rows, err := table(dir, "airports.csv", "faa", "tz")
	for _, row := range rows {
		zone, err := time.LoadLocation(row.text("tzone"))
		if name := row.text("tzone"); name == "" || name == "NA" || err != nil {
			hours, err := row.number("tz")
			if err != nil {
				continue // as if it were not there
			}
			zone = fixed(time.Duration(hours) * time.Hour)
		}
		r.zones[row.text("faa")] = zone
	}

	return err
}

// airlines only looks whether the file is one: nothing is told by it here.
func (r *reader) airlines(dir fs.FS) error {
	_, err := table(dir, "airlines.csv", "carrier", "name")
	return err
}

func fixed(offset time.Duration) *time.Location {
	return time.FixedZone(time.Time{}.Add(offset.Abs()).Format("15:04"), int(offset/time.Second))
}

// fleet collects the seats of a carrier's planes.
func (r *reader) fleet(row row) {
	if r.fleets == nil {
		r.fleets = map[string][]int{}
	}

	if n := r.seats[row.text("tailnum")]; n > 0 {
		c := row.text("carrier")
		r.fleets[c], r.fleets[""] = append(r.fleets[c], n), append(r.fleets[""], n)
	}
}

// flying collects what a flight says of the zone of an airport that nobody knows: its clock at landing, less
// that of the origin, less the time in the air and on the ground.
func (r *reader) flying(row row) {
	const taxiing = 30 * time.Minute

	if r.zones[row.text("dest")] != nil {
		return
	}

	dep, err1 := row.clock("dep_time")
	arr, err2 := row.clock("arr_time")
	air, err3 := row.number("air_time")
	if errors.Join(err1, err2, err3) != nil {
		return
	}

	shift := (arr - dep - time.Duration(air)*time.Minute - taxiing).Round(time.Hour)
	for shift > 12*time.Hour {
		shift -= 24 * time.Hour
	}

	for shift < -12*time.Hour {
		shift += 24 * time.Hour
	}
	r.flown[row.text("dest")] = append(r.flown[row.text("dest")], shift)
}

func (r *reader) flight(row row) (f Flight, err error) {
	number, err1 := row.number("flight")

	hour, err2 := time.Parse(time.RFC3339, row.text("time_hour"))
	if err2 != nil {
		err2 = row.wrong("time_hour", "a time such as 2013-03-09T01:00:00Z")
	}

	minute, err3 := row.number("minute")
	arrival, err4 := row.clock("sched_arr_time")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return f, err
	}

	f.Number, f.Origin, f.Destination = row.text("carrier")+strconv.Itoa(number), row.text("origin"), row.text("dest")

	f.ScheduledDeparture = hour.Add(time.Duration(minute) * time.Minute).In(r.zone(f.Origin, nil))
	f.ScheduledArrival = r.arrival(f, arrival)
	f.Date = f.ScheduledDeparture.Format(time.DateOnly)
	f.ID = vocab.FlightKey(f.Number, f.Date)
	if r.known[f.ID] { // a number that departs twice on one day
		f.Number += "-" + f.Origin + f.ScheduledDeparture.Format("1504")
		f.ID = vocab.FlightKey(f.Number, f.Date)
	}

	r.known[f.ID] = true
	f.Seats = cabins(r.capacity(row))

	return f, r.actual(row, &f)
}

func (r *reader) actual(row row, f *Flight) error {
	if row.missing("dep_delay") {
		return nil
	}

	late, err := row.number("dep_delay")
	if err != nil {
		return err
	}

	f.Departure = f.ScheduledDeparture.Add(time.Duration(late) * time.Minute)

	if row.missing("arr_delay") {
		return nil
	}

	if late, err = row.number("arr_delay"); err != nil {
		return err
	}
	f.Arrival = f.ScheduledArrival.Add(time.Duration(late) * time.Minute)

	return nil
}

// arrival is the first moment after departure when a clock at the destination shows the scheduled time.
func (r *reader) arrival(f Flight, clock time.Duration) time.Time {
	there := f.ScheduledDeparture.In(r.zone(f.Destination, f.ScheduledDeparture.Location()))
	y, m, d := there.Date()
	t := time.Date(y, m, d, 0, int(clock/time.Minute), 0, 0, there.Location())
	if !t.After(f.ScheduledDeparture) {
		t = time.Date(y, m, d+1, 0, int(clock/time.Minute), 0, 0, there.Location())
	}
	return t
}

// zone of an airport; of one that nobody knows, what its flights imply, else the origin's.
func (r *reader) zone(airport string, origin *time.Location) *time.Location {
	if z := r.zones[airport]; z != nil {
		return z
	}

	if origin == nil {
		return time.UTC
	}

	if shifts := r.flown[airport]; len(shifts) > 0 {
		slices.Sort(shifts)
		_, here := time.Date(2013, 1, 15, 12, 0, 0, 0, origin).Zone()
		r.zones[airport] = fixed(time.Duration(here)*time.Second + shifts[len(shifts)/2])
		return r.zones[airport]
	}

	return origin
}

func (r *reader) capacity(row row) int {
	if n := r.seats[row.text("tailnum")]; n > 0 {
		return n
	}

	for _, fleet := range [][]int{r.fleets[row.text("carrier")], r.fleets[""]} {
		if len(fleet) > 0 {
			slices.Sort(fleet)
			return fleet[len(fleet)/2]
		}
	}

	return 150
}

// cabins divides the seats of a plane: a quarter are sold as basic economy; planes of a hundred seats or more
// have a twelfth in business.
func cabins(seats int) (s vocab.Seats) {
	if seats >= 100 {
		s.Business = seats / 12
	}
	s.BasicEconomy = seats / 4
	s.Economy = seats - s.BasicEconomy - s.Business
	return s
}

// clock reads HHMM as the time since midnight; 2400 is midnight.
func (r row) clock(column string) (time.Duration, error) {
	n, err := r.number(column)
	if err != nil || n < 0 || n > 2400 || n%100 > 59 {
		return 0, r.wrong(column, "a clock time such as 1735")
	}
	return time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute, nil
}

func (r row) wrong(column, want string) error {
	return fmt.Errorf("%s:%d: column %s: %q is not %s", r.file, r.line, column, r.text(column), want)
}
