// Package posthog has the types of posthog-go that generated files use, with the fields and methods of its version 1,
// and sends events as it does. It stands in for the library itself, which needs a newer Go than Debian's.
package posthog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Properties of an event, by name.
type Properties map[string]interface{}

// NewProperties makes an empty map.
func NewProperties() Properties {
	return make(Properties, 10)
}

// Set sets a property and returns the map.
func (p Properties) Set(name string, value interface{}) Properties {
	p[name] = value
	return p
}

// Merge sets all properties of another map.
func (p Properties) Merge(props Properties) Properties {
	for name, value := range props {
		p[name] = value
	}
	return p
}

// Groups are keys of groups by their types.
type Groups map[string]string

// Message is anything that can be sent.
type Message interface {
	Validate() error
}

// Capture is an event.
type Capture struct {
	Type       string
	Uuid       string
	DistinctId string
	Event      string
	Timestamp  time.Time
	Properties Properties
	Groups     Groups
}

// Validate says what is missing.
func (msg Capture) Validate() error {
	if msg.Event == "" || msg.DistinctId == "" {
		return fmt.Errorf("an event needs a name and a distinct id")
	}
	return nil
}

// Config of a client.
type Config struct {
	Endpoint string
}

// Client collects events and sends them when it is closed.
type Client interface {
	Enqueue(Message) error
	Close() error
}

type client struct {
	apiKey string
	config Config
	batch  []map[string]interface{}
}

// NewWithConfig makes a client.
func NewWithConfig(apiKey string, config Config) (Client, error) {
	return &client{apiKey: apiKey, config: config}, nil
}

func (c *client) Enqueue(msg Message) error {
	if err := msg.Validate(); err != nil {
		return err
	}
	capture := msg.(Capture)
	c.batch = append(c.batch, map[string]interface{}{
		"event":       capture.Event,
		"distinct_id": capture.DistinctId,
		"properties":  capture.Properties,
		"timestamp":   time.Now().UTC(),
	})
	return nil
}

func (c *client) Close() error {
	body, err := json.Marshal(map[string]interface{}{"api_key": c.apiKey, "batch": c.batch})
	if err != nil {
		return err
	}
	answer, err := http.Post(c.config.Endpoint+"/batch/", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %s", answer.Status)
	}
	return nil
}
